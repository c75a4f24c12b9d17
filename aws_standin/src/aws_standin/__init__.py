"""A local stand-in for AWS: moto, with the refusals, delays and limits of AWS.

A WSGI application in front of an unmodified moto.  Every request is read into a
`protocols.messages.Request`, goes through the behaviours in the order of `app.chain`,
and ends at moto.  Only `moto_backend` and `protocols` import moto, and neither reaches
into its state, except to end a stream.

Each service has a folder (`dynamodb`, `backup`, `iam`, `cloudwatch`, `cloudtrail`,
`awslambda`) or a module (`sns`, `route53`, `cost_management`, `account_regions`).
`protocols` reads requests and writes answers; `control_api` serves /_standin/.
"""
