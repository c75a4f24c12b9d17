"""The local stand-in: an AWS that a promoted environment can live on.

A WSGI application in front of an unmodified moto server.  Every request is read
into a `wire.Request`, goes through the behaviours in the order of `app.chain`, and
ends at moto.  Nothing here knows moto's insides; nothing outside this package
imports moto.

wire.py         a request, a response, an answer, an error
incoming.py     which API call an HTTP request is
models.py       botocore's service models: REST routes and parameters
internal.py     calls that the stand-in makes to itself
app.py          the chain, in one list
clock.py        time: real, shifted, stopped; and what repeats
control.py      the control door under /_standin/
server.py       HTTP on loopback
upstream.py     moto

iam/            policies: simulated, enforced, checked as Access Analyzer does
identity.py     whose an access key is
watching/       metrics, alarms, topics
trail/          CloudTrail: calls recorded, looked up, delivered
costs.py        anomaly monitors, who a budget notifies
functions.py    Lambda, which runs nothing
health.py       endpoints that Route 53 finds unhealthy
streaming.py    a table's Kinesis destinations
parameters.py   a call's parameters by shape, whatever protocol carried them
touched.py      which tables, indexes and keys a DynamoDB call is about
ground.py       what a behaviour may use of the stand-in
"""
