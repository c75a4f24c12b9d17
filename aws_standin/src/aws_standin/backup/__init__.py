"""AWS Backup, served without moto.

`operations` maps the operations of the API to functions.  Recovery points hold the
content of the table at the creation of the job; those of a made history hold the
content at the time when the history was made.
"""
