"""Send requests to AWS: login, clients, the interlock, and a record of each request."""
