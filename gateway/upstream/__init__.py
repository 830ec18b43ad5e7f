"""Channels, calls, reconnection. The only room that imports grpc."""

import os

# Read when grpc is first imported. What its core prints by itself is told by our own warnings, once.
os.environ.setdefault("GRPC_VERBOSITY", "ERROR")
