"""The local stand-in: an AWS that a promoted environment can live on.

A WSGI application in front of an unmodified moto server.  Every request is read
into a `wire.Request`, goes through the behaviours in the order of `app.chain`, and
ends at moto.  Nothing here knows moto's insides; nothing outside this package
imports moto.

wire.py         a request, a response, an answer, an error
incoming.py     which API call an HTTP request is
models.py       botocore's service models: REST routes and parameters
internal.py     calls that the stand-in makes to itself
cbor.py xml.py  answers in the protocols that are not JSON
app.py          the chain, in one list
linking.py      only the behaviours that a call concerns, one behind the other
clock.py        time: real, shifted, stopped; and what repeats
control.py      the control door under /_standin/
server.py       HTTP on loopback
upstream.py     moto

requestlog.py   counts the calls that came in
regions.py      refuses calls to regions that are switched off
faults.py       errors, delays, dropped connections, a region that is down
accounts.py     whose account an access key acts for
dynamodb/       what moto's DynamoDB lacks or lets through:
  serial.py         one call at a time a table
  strictness.py     refuses what AWS refuses: expressions, keys, sizes, counts
  tokens.py         a transaction with the same token writes once
  chunks.py         transactions that read up to 100 items
  lifecycle.py      tables CREATING, UPDATING, DELETING; indexes backfilling
  availability.py   what they refuse meanwhile
  description.py    billing, encryption, class, replicas in DescribeTable
  encryption.py     AWS-owned, AWS-managed and customer keys
  writes.py         journals every write that was accepted
  recovery.py       point-in-time recovery: its window, restores to any second
  backups.py        on-demand backups, listed by time and page, restored
  globaltables.py   replicas are added and removed
  delivery.py       writes arrive in other regions after a lag; the newer wins
  sharedsettings.py what all replicas have in common
  capacity.py       ConsumedCapacity from the sizes of items and indexes
  streams.py        records name their region; no change leaves no record
backup/         AWS Backup: vaults, plans, schedules, jobs, copies, restores
provision/      builds a conforming environment through public APIs

iam/            policies: simulated, enforced, checked as Access Analyzer does
identity.py     whose an access key is
watching/       metrics, alarms, topics
trail/          CloudTrail: calls recorded, looked up, delivered
costs.py        anomaly monitors, who a budget notifies
functions.py    Lambda, which runs nothing
mappings.py     which function reads which stream
health.py       endpoints that Route 53 finds unhealthy
streaming.py    a table's Kinesis destinations
parameters.py   a call's parameters by shape, whatever protocol carried them
touched.py      which tables, indexes and keys a DynamoDB call is about
ground.py       what a behaviour may use of the stand-in
"""
