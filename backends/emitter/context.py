"""What is going on around a log record."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType

_context: ContextVar[Mapping[str, object]] = ContextVar("log_context", default=MappingProxyType({}))


@contextmanager
def log_context(**values: object) -> Iterator[None]:
    """Have every record logged inside the block carry `values` as its context.

    Blocks within one another add up, the inner one's values counting. asyncio tasks started inside the block carry
    on with it; threads started inside do not.

    Args:
        **values: A request or operation id, for example.
    """
    token = _context.set({**_context.get(), **values})
    try:
        yield
    finally:
        _context.reset(token)


def current_log_context() -> Mapping[str, object]:
    """Return the values of the blocks that this code runs in."""
    return _context.get()
