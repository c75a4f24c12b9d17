"""AWS Lambda: functions and event source mappings, none of which is ever run."""
