"""CloudWatch: metrics, metric math, and alarms."""
