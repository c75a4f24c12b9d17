"""A plugin under which any use of the network ends the process with status 70."""

import os
import sys

NETWORK = ("socket.connect", "socket.getaddrinfo", "socket.sendto")


def _end(event, arguments):
    if event in NETWORK:
        os.write(2, f"{event}: {arguments[1:]}".encode())
        os._exit(70)


sys.addaudithook(_end)
