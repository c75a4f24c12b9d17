"""One call at a time a table: what moto, which locks nothing, needs.

A call that names several tables takes their locks in sorted order.  Reads take the
lock too, since moto walks over dictionaries that a write would change.
"""

from dataclasses import dataclass

from aws_standin.dynamodb.tables import Tables, names_in
from aws_standin.protocols.messages import Onward, Request, Response


@dataclass
class TableLocks:
    """Lets one call at a time through to each table."""

    tables: Tables

    def handle(self, request: Request, onward: Onward) -> Response:
        """Hold the locks of all tables that the request names."""
        with self.tables.locked(names_in(request)):
            return onward(request)
