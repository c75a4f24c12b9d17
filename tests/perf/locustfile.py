"""Does it hold the declared load?  locust -f tests/perf --env sit.

Locust runs every public file of this folder: this stays the only one, and all of it is
in conformance/perf.
"""

from conformance.locust_plugin.users import Arrivals, Phases

__all__ = ["Arrivals", "Phases"]
