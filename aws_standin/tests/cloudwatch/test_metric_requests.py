"""Metric data that is put is found again by CloudWatch's read operations."""

from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture
def cloudwatch(client, account):
    return client("cloudwatch", account=account)


def put(cloudwatch, metric, minutes, **dimensions):
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": metric,
                "Timestamp": NOON + timedelta(minutes=minute),
                "Value": value,
                "Dimensions": [{"Name": n, "Value": v} for n, v in dimensions.items()],
            }
            for minute, value in minutes.items()
        ],
    )


def stat(identity, metric, statistic="Sum", **more):
    return {
        "Id": identity,
        "MetricStat": {
            "Metric": {"Namespace": "Shop", "MetricName": metric, "Dimensions": []},
            "Period": 60,
            "Stat": statistic,
        },
        **more,
    }


def read(cloudwatch, *queries, minutes=5):
    return {
        one["Id"]: one["Values"]
        for one in cloudwatch.get_metric_data(
            MetricDataQueries=list(queries),
            StartTime=NOON,
            EndTime=NOON + timedelta(minutes=minutes),
            ScanBy="TimestampAscending",
        )["MetricDataResults"]
    }


def test_periods_begin_at_multiples_of_their_length(cloudwatch):
    """Statistics are of periods that begin at round times; empty ones are absent.

    CloudWatch User Guide, "Metrics concepts", Periods.
    """
    put(cloudwatch, "Orders", {0: 1.0, 4: 2.0, 5: 4.0, 12: 8.0})
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Orders",
        StartTime=NOON,
        EndTime=NOON + timedelta(minutes=20),
        Period=300,
        Statistics=["Sum", "Maximum", "Average", "SampleCount"],
    )["Datapoints"]
    sums = {point["Timestamp"]: point["Sum"] for point in found}
    assert sums == {
        NOON: 3.0,
        NOON + timedelta(minutes=5): 4.0,
        NOON + timedelta(minutes=10): 8.0,
    }
    assert found[0]["Average"] == 1.5


def test_large_requests_arrive_though_clients_compress_them(cloudwatch):
    """PutMetricData takes gzip (requestcompression trait, botocore model)."""
    put(cloudwatch, "Visits", dict.fromkeys(range(400), 1.0))
    found = cloudwatch.get_metric_statistics(
        Namespace="Shop",
        MetricName="Visits",
        StartTime=NOON,
        EndTime=NOON + timedelta(hours=10),
        Period=3600,
        Statistics=["Sum"],
    )["Datapoints"]
    assert sum(datapoint["Sum"] for datapoint in found) == 400


def test_the_end_of_the_time_range_is_excluded(cloudwatch):
    """StartTime is inclusive, EndTime exclusive (botocore model, GetMetricData)."""
    put(cloudwatch, "Orders", {0: 1.0, 5: 2.0})
    assert read(cloudwatch, stat("m", "Orders"))["m"] == [1.0]


def test_percentiles_are_of_the_samples(cloudwatch):
    """ExtendedStatistics such as p90 are percentiles of the samples put.

    CloudWatch User Guide, "CloudWatch statistics definitions".
    """
    cloudwatch.put_metric_data(
        Namespace="Shop",
        MetricData=[
            {
                "MetricName": "Wait",
                "Timestamp": NOON,
                "Values": [float(n) for n in range(1, 101)],
            }
        ],
    )
    assert read(cloudwatch, stat("m", "Wait", "p90"))["m"] == [90.0]


def test_more_datapoints_than_1440_are_refused(cloudwatch):
    """GetMetricStatistics refuses to be asked for more than 1,440 datapoints.

    botocore model, GetMetricStatistics.
    """
    with pytest.raises(ClientError, match="InvalidParameterCombination"):
        cloudwatch.get_metric_statistics(
            Namespace="Shop",
            MetricName="Orders",
            StartTime=NOON,
            EndTime=NOON + timedelta(hours=25),
            Period=60,
            Statistics=["Sum"],
        )


@pytest.mark.parametrize(
    ("expression", "values"),
    [
        ("errors / orders * 100", [50.0, 25.0]),
        ("SUM([errors, orders])", [3.0, 5.0, 7.0]),
        ("IF(orders > 3, 1, 0)", [0.0, 1.0, 1.0]),
        ("FILL(errors, 0)", [1.0, 1.0, 0.0, 0.0, 0.0]),
        ("FILL(errors, REPEAT)", [1.0, 1.0, 1.0, 1.0, 1.0]),
        ("MAX(METRICS())", [2.0, 4.0, 7.0]),
        ("orders - MIN(orders)", [0.0, 2.0, 5.0]),
        ("orders > 3 AND errors < 2", [0.0, 1.0]),
    ],
)
def test_metric_math(cloudwatch, expression, values):
    """Expressions are computed time by time; what one operand lacks is lacking.

    CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
    """
    put(cloudwatch, "Orders", {0: 2.0, 1: 4.0, 2: 7.0})
    put(cloudwatch, "Errors", {0: 1.0, 1: 1.0})
    found = read(
        cloudwatch,
        stat("orders", "Orders", ReturnData=False),
        stat("errors", "Errors", ReturnData=False),
        {"Id": "e", "Expression": expression},
    )
    assert found == {"e": values}


def test_rate_is_the_change_per_second(cloudwatch):
    """RATE is the difference to the previous datapoint by the seconds between.

    CloudWatch User Guide, "Using math expressions with CloudWatch metrics".
    """
    put(cloudwatch, "Orders", {0: 60.0, 1: 120.0, 3: 120.0})
    expression = {"Id": "e", "Expression": "RATE(orders)"}
    found = read(cloudwatch, stat("orders", "Orders", ReturnData=False), expression)
    assert found["e"] == [1.0, 0.0]


def test_an_expression_that_is_not_understood_is_refused(cloudwatch):
    """An expression that cannot be computed is a ValidationError.

    CloudWatch API Reference, "Common errors"; the stand-in makes up no answer.
    """
    with pytest.raises(ClientError, match="ValidationError"):
        read(cloudwatch, {"Id": "e", "Expression": "SEARCH('{A}', 'Sum', 60)"})
