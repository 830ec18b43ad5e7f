"""Real clients of the gateway, and what stands around them: the tests are in `test_clients.py`."""
