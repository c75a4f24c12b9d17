"""Packages that one purpose alone needs, and the command that installs them."""

import sys
from importlib.util import find_spec

from conformance.model.errors import BadInputError

_MODULES = {
    "contract": ("hypothesis",),
    "load": ("locust", "httptools", "hdrh", "numpy", "uvloop"),
}
"""The modules of each extra of pyproject.toml."""
_NOT_ON_WINDOWS = {"uvloop"}


def require_extra(extra: str, purpose: str) -> None:
    """Raise BadInputError, with the cure, if a module of the extra is not installed."""
    wanted = set(_MODULES[extra])
    if sys.platform == "win32":
        wanted -= _NOT_ON_WINDOWS
    missing = sorted(name for name in wanted if find_spec(name) is None)
    if missing:
        raise BadInputError(
            f"{purpose} needs {', '.join(missing)}, which this Python does not have; "
            f"in the checkout of this suite: pip install '.[{extra}]', or make install"
        )
