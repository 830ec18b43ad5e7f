"""The rules of timestamps and durations, which are compared in nanoseconds, and of other well-known types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from gateway.contract.validation.checks import Check, Named, Values, Words, bounded, listed

_SECOND = 1_000_000_000
Clock = Callable[[], int]
"""Nanoseconds since 1970."""


def _nanoseconds(value: Any) -> int:
    return int(value.seconds) * _SECOND + int(value.nanos)


def _timestamp(nanoseconds: int) -> str:
    seconds, nanos = divmod(nanoseconds, _SECOND)
    return _spelled(Timestamp, seconds, nanos)


def _duration(nanoseconds: int) -> str:
    sign = -1 if nanoseconds < 0 else 1
    seconds, nanos = divmod(abs(nanoseconds), _SECOND)
    return _spelled(Duration, sign * seconds, sign * nanos)


def _spelled(kind: Any, seconds: int, nanos: int) -> str:
    try:
        return str(kind(seconds=seconds, nanos=nanos).ToJsonString())
    except ValueError:
        return f"{seconds}s and {nanos}ns, which JSON cannot hold"


TIMESTAMPS = Values(_nanoseconds, _timestamp, None, Words("at or after", "after", "at or before", "before"))
DURATIONS = Values(_nanoseconds, _duration, None)
ANYS = Values(lambda value: value.type_url, repr, None)
MASKS = Values(lambda value: tuple(value.paths), lambda paths: repr(",".join(paths)), ",".join)


def timestamp_checks(named: Named, now: Clock) -> Iterator[Check]:
    """The checks of `buf.validate.TimestampRules`.

    Raises:
        ValueError: the rules contradict each other.
    """
    yield from listed(named, TIMESTAMPS)
    yield from bounded(named, TIMESTAMPS)
    if named.pop("lt_now", False):
        yield Check("a time not after now", lambda value: value <= now(), {}, exact=False)
    if named.pop("gt_now", False):
        yield Check("a time not before now", lambda value: value >= now(), {}, exact=False)
    if "within" in named:
        span = _nanoseconds(named.pop("within"))
        yield Check(
            f"a time within {_duration(span)} of now", lambda value: abs(value - now()) <= span, {}, exact=False
        )


def duration_checks(named: Named) -> Iterator[Check]:
    """The checks of `buf.validate.DurationRules`.

    Raises:
        ValueError: the rules contradict each other.
    """
    yield from listed(named, DURATIONS)
    yield from bounded(named, DURATIONS)


def any_checks(named: Named) -> Iterator[Check]:
    """The checks of `buf.validate.AnyRules`, which are of the type's URL."""
    plain = Values(show=repr, json=None)
    yield from listed(named, plain)


def mask_checks(named: Named) -> Iterator[Check]:
    """The checks of `buf.validate.FieldMaskRules`; a path stands for all that is below it."""
    if "const" in named:
        const = tuple(named.pop("const").paths)
        yield Check(MASKS.show(const), lambda paths: paths == const, {}, exact=False)
    if "in" in named:
        some = tuple(named.pop("in"))
        yield Check(
            f"only paths in {', '.join(some)}", lambda paths: all(_below(each, some) for each in paths), {}, exact=False
        )
    if "not_in" in named:
        none = tuple(named.pop("not_in"))
        yield Check(
            f"no path in {', '.join(none)}",
            lambda paths: not any(_below(each, none) for each in paths),
            {},
            exact=False,
        )


def _below(path: str, roots: tuple[str, ...]) -> bool:
    return any(path == root or path.startswith(f"{root}.") for root in roots)
