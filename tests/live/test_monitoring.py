import pytest


@pytest.mark.criterion("MON-1")
def test_metrics_are_available(available_metrics, contract):
    """
    CloudWatch MUST have consumed capacity and latency of every table.

    DynamoDB sends no metric of an idle table: where there is none, one item is
    written and read, and its metrics are waited for.
    """
    assert available_metrics == contract.monitoring.available


@pytest.mark.criterion("MON-2")
def test_alarm_watches_all_that_the_plan_means(
    declared_alarm, deployed_alarms, declared_coverage
):
    """
    Every alarm of the plan MUST exist with its meaning, for all that has a metric.

    An alarm is found by what it watches, never by its name: metric, dimensions,
    statistic, period, comparison and threshold. One that is raised by all that is
    declared, and by more, will do.
    """
    assert deployed_alarms.coverage(declared_alarm) == declared_coverage


@pytest.mark.criterion("MON-2")
def test_every_alarm_can_be_raised(deployed_alarms):
    """
    No alarm on these tables MUST watch a metric that AWS never publishes, or be broken.

    CloudWatch takes such an alarm without an error, and it stays silent for ever. So
    does one whose evaluation meets an error in its configuration.
    """
    assert deployed_alarms.silent == {}


@pytest.mark.criterion("MON-3")
@pytest.mark.usefixtures("alarm_actions")
def test_alarm_tells_its_topic(declared_alarm, deployed_alarms, declared_notifications):
    """
    Every alarm MUST act on its declared topic, by itself or by a composite alarm.

    Actions that are disabled, muted or suppressed tell nobody, and an action on another
    topic tells somebody else.
    """
    assert deployed_alarms.notifications(declared_alarm) == declared_notifications


@pytest.mark.criterion("MON-3")
@pytest.mark.usefixtures("deployed_topic", "alarm_history")
def test_topic_of_alarms_reaches_somebody(alarm_topic):
    """
    A topic of alarms MUST admit CloudWatch, by policy and key, and reach somebody real.

    Each link is read: the topic's policy, its KMS key, and its subscriptions with their
    filters. A subscription that is pending or deleted, and a placeholder's address,
    reach nobody. CloudWatch's history proves a publish at its time, and no delivery.
    """
    assert alarm_topic.lost == {}


@pytest.mark.criterion("MON-4")
def test_no_alarm_is_raised(deployed_alarms, measurements):
    """
    No alarm of these tables MUST be in ALARM.

    INSUFFICIENT_DATA is no finding: DynamoDB sends no zeros, and CloudWatch keeps the
    state of an alarm on DynamoDB while data is missing. Such an alarm stays in ALARM,
    too, until there is data again.
    """
    measurements["alarm_count"] = dict(deployed_alarms.states)
    assert deployed_alarms.raised == {}


@pytest.mark.criterion("MON-5")
def test_dashboard_exists(deployed_dashboard, contract):
    """
    The dashboard MUST exist by the plan's name.

    The plan names it, so that everybody finds it in the hour of need.
    """
    assert deployed_dashboard.name == contract.monitoring.dashboard


@pytest.mark.criterion("MON-5")
def test_dashboard_shows_every_item_of_every_table(
    deployed_dashboard, declared_widgets
):
    """
    The dashboard MUST show every item of the plan's list, for every table.

    Metrics that AWS never publishes show nothing, and do not count. Neither do hidden
    rows, and metrics of another account, another region or the past.
    """
    assert deployed_dashboard.shown == declared_widgets


@pytest.mark.criterion("MON-6")
def test_window_stayed_within_the_thresholds(
    windowed_alarm, deployed_metrics, measurements
):
    """
    No errors or throttles MUST have gone beyond an alarm's threshold in the window.

    Looked for in CloudWatch itself: it knows what happened before the alarm existed.
    """
    measurements["window_hours"] = deployed_metrics.hours
    measurements["total_count"] = dict(deployed_metrics.totals(windowed_alarm))
    assert deployed_metrics.beyond(windowed_alarm) == {}
