"""Requests to AWS: login, clients, the interlock, observations and recordings."""
