"""The locustfile of the declared load: `locust -f tests/perf --env sit`.

Locust runs every public file of this folder. This file stays the only one; the code is
in `conformance/locust_plugin`.
"""

from conformance.locust_plugin.users import Arrivals, Phases

__all__ = ["Arrivals", "Phases"]
