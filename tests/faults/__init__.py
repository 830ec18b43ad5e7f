"""The delivery guarantees under faults: real processes, real sockets."""
