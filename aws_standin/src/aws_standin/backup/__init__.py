"""AWS Backup, served whole by the stand-in.

behaviour.py    its place in the chain; operation → function
vaults.py plans.py selections.py points.py started.py account.py    the operations
refusals.py     AWS's errors, and what must exist
shapes.py paging.py     records as the API shows them; filters and pages
records.py jobs.py store.py settings.py     what is remembered, what can be set
service.py      what all parts work with
agenda.py       what is due, in order
schedule.py     cron and rate expressions
selection.py    which tables a selection covers
permission.py   trust of roles, access to vaults
retention.py    lifecycles, vault locks, expiry
scheduling.py backing_up.py copying.py restoring.py     runs and jobs
tables.py       reading whole tables
managed_key.py  the aws/backup key, as KMS shows it
door.py         history and missed runs, through the control door

Recovery points hold the table's real content of when the job was created; those of
a made history hold its content of when the history was made.
"""
