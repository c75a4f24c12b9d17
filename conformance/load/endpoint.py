"""Where a load goes."""

import ssl
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Endpoint:
    """Where requests go."""

    url: str
    region: str
    authorities: str
    """The file of certificate authorities."""
    timeout_ms: int
    connections: int
    """At most so many at once."""

    def address(self) -> dict[str, Any]:
        """Host, port and TLS for an event loop, which resolves the name anew each time.

        Raises:
            OSError: the file of certificate authorities cannot be read.
        """
        url = urlsplit(self.url)
        if url.scheme != "https":
            return {"host": url.hostname, "port": url.port or 80}
        context = ssl.create_default_context(cafile=self.authorities)
        return {"host": url.hostname, "port": url.port or 443, "ssl": context}
