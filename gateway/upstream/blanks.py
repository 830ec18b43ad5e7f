"""Messages without an event: no member of the oneof is set, and the contract does not call that a bookmark."""

from __future__ import annotations

import logging
from weakref import WeakSet

from gateway.contract.routes import StreamRoute
from gateway.metrics import BLANKS

logger = logging.getLogger(__name__)
_told: WeakSet[StreamRoute] = WeakSet()


def count_blank(route: StreamRoute) -> None:
    """Counts a message that is skipped, and tells of a method's first one."""
    BLANKS.labels(route.method).inc()
    if route not in _told:
        _told.add(route)
        reason = "no member of its oneof is set: a newer contract may know it, or whole_responses is meant"
        logger.warning("%s: skipped a message without an event (%s); others are only counted", route.method, reason)
