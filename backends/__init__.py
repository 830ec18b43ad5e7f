"""What runs behind the gateway: the emitter library and a job that uses it."""
