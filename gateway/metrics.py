"""What the gateway counts. Served at `/metrics` in the Prometheus text format."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, generate_latest

EVENTS = Counter("gateway_events", "Events published into shared streams.", ["method"])
GAPS = Counter("gateway_gaps", "Gaps told, in a stream to all its clients or to one that came back.", ["reason"])
REPEATS = Counter("gateway_repeats", "Messages that a backend sent again after a reconnect, and that were left out.")
BLANKS = Counter("gateway_blanks", "Messages of backends that were skipped because they hold no event.", ["method"])
UPSTREAM_LOSSES = Counter("gateway_upstream_losses", "Times a backend went away.", ["backend"])
CLIENTS = Gauge("gateway_clients", "Streams that are open now.")
TASKS = Gauge("gateway_tasks", "asyncio tasks that are running now.")
CLIENTS_CLOSED = Counter("gateway_clients_closed", "Streams that the gateway ended by itself.", ["reason"])


def exposition() -> bytes:
    """All of it, as text."""
    return generate_latest()
