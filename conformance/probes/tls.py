"""The TLS versions that an endpoint speaks; each handshake verifies the certificate.

Each version is offered alone (least = greatest). Source of the levels: "Data
protection in Amazon DynamoDB", Amazon DynamoDB Developer Guide: clients must support
TLS 1.2, and 1.3 is recommended.
"""

import socket
import ssl
import warnings
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from conformance.config.environment import is_loopback
from conformance.model.errors import NotAssessedError, UnreadableError

CURRENT = ("TLSv1.2", "TLSv1.3")
OLD = ("TLSv1", "TLSv1.1")
ACCEPTED = "accepted"
_VERSIONS = {
    "TLSv1": ssl.TLSVersion.TLSv1,
    "TLSv1.1": ssl.TLSVersion.TLSv1_1,
    "TLSv1.2": ssl.TLSVersion.TLSv1_2,
    "TLSv1.3": ssl.TLSVersion.TLSv1_3,
}
_PATIENCE_S = 10.0
_REFUSED = "certificate refused"


@dataclass(frozen=True)
class Endpoint:
    """One address that speaks TLS, or should."""

    url: str
    authorities: str
    """The file of certificate authorities to trust: public ones alone."""
    private: str = ""
    """Settings of this machine that name other authorities; "" if there are none."""

    @cached_property
    def current(self) -> dict[str, str]:
        """`accepted`, or why not, by each version that must be spoken."""
        self._require_https()
        self._require_direct()
        found = {version: self.handshake(version) for version in CURRENT}
        if self.private and any(one.startswith(_REFUSED) for one in found.values()):
            raise NotAssessedError(
                f"{self.private}: no public authority signed the certificate, and a "
                "private one proves nothing, as its owner can be between us and AWS"
            )
        return found

    @cached_property
    def old(self) -> dict[str, str]:
        """The same of the versions that must be refused, as far as we can offer them.

        Raises:
            NotAssessedError: this machine cannot offer one of them, so that its
                refusal would say nothing; or no version at all is accepted.
        """
        if ACCEPTED not in self.current.values():
            raise NotAssessedError(
                "no current version is accepted: refusal says little"
            )
        unable = [version for version in OLD if not can_offer(version)]
        offered = {
            version: self.handshake(version) for version in OLD if version not in unable
        }
        if unable and ACCEPTED not in offered.values():
            raise NotAssessedError(
                f"client cannot test {', '.join(unable)}: this machine's OpenSSL does "
                "not offer it"
            )
        return offered

    @property
    def old_accepted(self) -> frozenset[str]:
        """The versions that must be refused and are accepted."""
        return frozenset(
            version for version, answer in self.old.items() if answer == ACCEPTED
        )

    def handshake(self, version: str) -> str:
        """Return `accepted`, or the end of the handshake in words.

        Raises:
            UnreadableError: the endpoint cannot be reached.
        """
        where = urlsplit(self.url)
        host, port = where.hostname or "", where.port or 443
        context = _context(version, self.authorities)
        try:
            with (
                socket.create_connection((host, port), _PATIENCE_S) as connection,
                context.wrap_socket(connection, server_hostname=host),
            ):
                return ACCEPTED
        except ssl.SSLCertVerificationError as problem:
            return f"{_REFUSED}: {problem.verify_message}"
        except ssl.SSLError as problem:
            return f"refused: {problem.reason}"
        except ConnectionResetError:
            return "refused: connection reset"
        except OSError as problem:
            raise UnreadableError(f"TLS to {host}:{port}: {problem}") from None

    def _require_direct(self) -> None:
        """Return only if requests reach the endpoint without a proxy.

        Raises:
            NotAssessedError: a proxy is set: its handshakes are not the endpoint's.
        """
        host = urlsplit(self.url).hostname or ""
        proxy = getproxies().get("https") or getproxies().get("all")
        if proxy and not is_loopback(self.url) and not proxy_bypass(host):
            raise NotAssessedError(
                f"requests go through the proxy {urlsplit(proxy).hostname or proxy}: "
                "what the endpoint itself speaks is not seen from here"
            )

    def _require_https(self) -> None:
        if urlsplit(self.url).scheme != "https":
            raise AssertionError(f"the endpoint {self.url} is not https")


def can_offer(version: str) -> bool:
    """Return True if this machine's TLS library can send a greeting of this version."""
    outgoing = ssl.MemoryBIO()
    try:
        context = _context(version, None)
        context.wrap_bio(ssl.MemoryBIO(), outgoing, server_hostname="x").do_handshake()
    except ssl.SSLWantReadError:
        return bool(outgoing.pending)
    except (ssl.SSLError, ValueError):
        return False
    return False


def insecure(endpoints: Iterable[str]) -> frozenset[str]:
    """Return the addresses that are not https."""
    return frozenset(
        endpoint for endpoint in endpoints if urlsplit(endpoint).scheme != "https"
    )


def _context(version: str, authorities: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=authorities)
    with warnings.catch_warnings():
        # Offering an old version is deprecated, and here the very point.
        warnings.simplefilter("ignore", DeprecationWarning)
        if version in OLD:
            # OpenSSL 3 offers them at security level 0 only.
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = context.maximum_version = _VERSIONS[version]
    return context
