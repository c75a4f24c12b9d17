"""CloudTrail: who called what, looked up and delivered.

record.py     the record of one call
selection.py  which records a trail wants
history.py    LookupEvents
delivery.py   to a trail's bucket and log group
service.py    the behaviour: records every call, answers, delivers

Trails and their selectors are kept by moto.
"""
