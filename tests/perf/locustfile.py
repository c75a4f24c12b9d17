"""The locustfile of the declared load: `locust -f tests/perf --env sit`.

Locust runs every public file of this folder. This file stays the only one; the code is
in `conformance/locust_plugin`.
"""

import sys

from conformance.config.optional_dependencies import require_extra
from conformance.model.errors import BadInputError

try:
    require_extra("load", "a load")
except BadInputError as problem:
    print(f"ERROR: {problem}", file=sys.stderr)  # noqa: T201 -- before locust can
    sys.exit(4)

from conformance.locust_plugin.users import Arrivals, Phases

__all__ = ["Arrivals", "Phases"]
