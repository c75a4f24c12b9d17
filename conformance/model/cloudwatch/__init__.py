"""Words for monitoring: what alarms, metrics and dashboards mean."""
