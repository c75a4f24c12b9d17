"""What watches an environment: metrics, alarms, topics.

series.py       metric data: store, dimensions, statistics
counting.py     which metrics a DynamoDB call leaves behind
jobs.py         which metrics backup jobs and replicas leave behind
past.py         a plausible past
queries.py      metrics and expressions over them
metrics.py      CloudWatch's metric operations, and the counting of traffic
expression.py   metric math
state.py        an alarm's state, from its datapoints
composite.py    a composite alarm's rule
notice.py       the message that an alarm sends
alarm.py        one alarm, and its evaluation
alarm_requests.py  reading and checking what is asked about alarms
alarms.py       evaluation, transitions, delivery
topics.py       SNS subscriptions that wait to be confirmed, and what was delivered
"""
