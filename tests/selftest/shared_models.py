"""AWS's service models, parsed once a process instead of once a session.

Parsing takes most of the time in which a client is made, and each twin makes dozens.
"""

from functools import cache

import botocore.loaders

botocore.loaders.create_loader = cache(botocore.loaders.create_loader)
