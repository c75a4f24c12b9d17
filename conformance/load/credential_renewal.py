"""Keeps the signer's credentials those that boto3 would use now."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from conformance.load.signing import Credentials, Signer


def renew(signer: Signer, now: Callable[[], Credentials]) -> str:
    """Give the signer what boto3 has renewed; why that failed, or nothing.

    A failure ends no run: boto3 renews 15 minutes before the old ones expire, so there
    are many more attempts, and an expired token shows as an error of its requests.
    """
    try:
        known = now()
    except (BotoCoreError, ClientError, OSError) as problem:
        return f"credentials could not be renewed: {problem}"
    if known != signer.credentials:
        signer.credentials = known
    return ""
