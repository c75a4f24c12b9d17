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
"""
