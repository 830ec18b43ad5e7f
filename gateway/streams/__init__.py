"""Event, log, topic, hub, subscriber: one log per shared stream, many cursors.

Knows asyncio and nothing of gRPC, HTTP or contracts. Sources publish into a `Topic`; a `Subscriber` reads the
topic's `Log` at its own cursor into a `Sink`.
"""
