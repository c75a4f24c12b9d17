"""Traffic of our own, and whether CloudWatch shows it."""

from datetime import UTC, datetime, timedelta

from conformance.aws.client import AwsClients
from conformance.aws.polling import wait_for
from conformance.deployed.series import Query, asked, merged
from conformance.model.cloudwatch.metrics import DYNAMODB, KINDS, Metric
from conformance.probes.items import Items

_MINUTE = timedelta(minutes=1)


def appeared(
    clients: AwsClients, items: Items, names: frozenset[str], seconds: float
) -> frozenset[str]:
    """Return the metrics that have data of the traffic that is made now.

    One item is written and read, and CloudWatch is asked until all are there or the
    time is up.
    """
    start = datetime.now(UTC).replace(second=0, microsecond=0)
    items.put(items.item())
    items.get()
    queries = [_query(items.deployed.name, name) for name in sorted(names)]

    def look() -> frozenset[str]:
        answer = clients.ask(
            "cloudwatch",
            items.deployed.region,
            "GetMetricData",
            MetricDataQueries=[asked(n, query) for n, query in enumerate(queries)],
            StartTime=start,
            EndTime=datetime.now(UTC) + _MINUTE,
        )
        found = merged(answer)
        return frozenset(
            query.metric.name for n, query in enumerate(queries) if found[f"m{n}"]
        )

    return wait_for(look, names.__eq__, seconds)


def _query(table: str, name: str) -> Query:
    """Return the query for a metric by its table, or by the operation that was sent."""
    dimensions = {("TableName", table)}
    if frozenset({"TableName"}) not in KINDS[DYNAMODB, name].dimensions:
        dimensions.add(("Operation", "PutItem"))
    return Query(Metric(DYNAMODB, name, frozenset(dimensions)), "SampleCount", 60)
