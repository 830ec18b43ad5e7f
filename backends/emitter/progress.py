"""All operations of a program."""

import threading
import uuid
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from backends.emitter.clock import Clock, SystemClock
from backends.emitter.errors import OperationEnded, UnknownOperation
from backends.emitter.operation import Operation
from backends.emitter.record import Record
from backends.emitter.ring import Entry, Ring
from backends.emitter.stage import Plan
from backends.emitter.values import struct_of, text_of
from backends.generated.gateway.progress.v1 import progress_pb2 as pb


class _Running(NamedTuple):
    """An operation that goes on."""

    entry: Entry[pb.ProgressResponse]
    """What was last published of it."""
    record: Record
    """What is known of it."""


class Progress:
    """Where operations are made, and where what happens to them is kept for those who watch and ask.

    Args:
        capacity: How many events are kept for watchers that come back.
        ended_capacity: How many operations are kept when they have ended, for those who ask for them; the ones that
            ended first are forgotten first.
        interval_seconds: An operation's updates are published at most once in this time; the last one always is.
            Changes of state, and the end, are published at once.
        clock: Tells the time.
        epoch: What the resume tokens begin with; random unless given.

    Attributes:
        ring: The events: the operation's whole state each time.
    """

    def __init__(
        self,
        *,
        capacity: int = 2_000,
        ended_capacity: int = 200,
        interval_seconds: float = 0.1,
        clock: Clock | None = None,
        epoch: str | None = None,
    ) -> None:
        self.ring: Ring[pb.ProgressResponse] = Ring(capacity, epoch)
        self._interval = interval_seconds
        self._clock = clock or SystemClock()
        self._running: dict[str, _Running] = {}
        self._ended: dict[str, pb.ProgressResponse] = {}
        self._ended_capacity = ended_capacity
        self._lock = threading.RLock()

    def operation(  # noqa: PLR0913 - the contract names as many, and callers name each
        self,
        name: str,
        *,
        type: str,  # noqa: A002 - the contract's word
        owner_id: str,
        owner_type: str = "user",
        owner_name: str | None = None,
        resource_id: str | None = None,
        metadata: Mapping[str, object] | None = None,
        stages: Sequence[Plan] = (),
        id: str | None = None,  # noqa: A002 - the contract's word
    ) -> Operation:
        """Make an operation; it begins, and is seen, when its `with` block does.

        Args:
            name: What it is called, for people.
            type: What kind of operation it is.
            owner_id: Who it belongs to.
            owner_type: What kind of owner that is.
            owner_name: What the owner is called, for people.
            resource_id: What it works on.
            metadata: Whatever else there is to tell; see `Operation.annotate`.
            stages: Its stages, in order. Its percentage is their weighted mean; one without stages jumps to 100.
            id: Identifies it among all operations; random unless given.

        Raises:
            ValueError: Two stages have the same id.
        """
        state = pb.ProgressResponse(
            id=text_of(id or uuid.uuid4().hex),
            operation_name=text_of(name),
            operation_type=text_of(type),
            owner_id=text_of(owner_id),
            owner_type=text_of(owner_type),
            owner_name=_optional(owner_name),
            resource_id=_optional(resource_id),
            state=pb.OPERATION_STATE_STARTING,
            stages=_pending(stages),
            metadata=struct_of(metadata) if metadata else None,
        )
        weights = [plan.weight for plan in stages]
        return Operation(Record(state, weights, self._publish, self._clock, self._interval))

    def snapshot(self) -> tuple[list[Entry[pb.ProgressResponse]], str]:
        """Return the newest state of each running operation, and the token that they stand for.

        They come in the order in which they were published, so the token of each one stands for all before it: a
        watcher that is cut off in their midst and resumes there misses nothing.
        """
        with self._lock:
            return [running.entry for running in self._running.values()], self.ring.head

    def known(self) -> list[pb.ProgressResponse]:
        """Return the newest state of each operation that is running or kept.

        Those that are running come first, the latest started before the others, then those that have ended, the
        latest ended first.
        """
        with self._lock:
            running = [one.entry.item for one in self._running.values()]
            ended = list(self._ended.values())
        running.sort(key=lambda state: state.started_at.ToNanoseconds(), reverse=True)
        return [*running, *reversed(ended)]

    def find(self, operation_id: str) -> pb.ProgressResponse:
        """Return the newest state of one operation.

        Raises:
            UnknownOperation: None has this id, or it ended too long ago.
        """
        with self._lock:
            if operation_id in self._running:
                return self._running[operation_id].entry.item
            if operation_id in self._ended:
                return self._ended[operation_id]
        raise UnknownOperation(f"no operation {operation_id!r} is running, or has ended lately")

    def cancel(self, operation_id: str, reason: str = "") -> pb.ProgressResponse:
        """Ask a running operation to stop; returns at once. See `Operation.cancel`.

        Args:
            operation_id: Which one.
            reason: For people; the first one given counts.

        Returns:
            Its newest state: its end, or that it goes on, is published later.

        Raises:
            UnknownOperation: None has this id, or it ended too long ago.
            OperationEnded: It is over.
        """
        with self._lock:
            state = self.find(operation_id)
            if operation_id not in self._running:
                raise OperationEnded(f"operation {operation_id!r} has ended: it is {_word(state.state)}")
            self._running[operation_id].record.cancel(reason)
            return state

    def _publish(self, record: Record, state: pb.ProgressResponse) -> None:
        with self._lock:
            token = self.ring.append(state)
            self._running.pop(state.id, None)
            self._ended.pop(state.id, None)
            if not state.HasField("completed_at"):
                self._running[state.id] = _Running(Entry(token, state), record)
                return
            self._ended[state.id] = state
            if len(self._ended) > self._ended_capacity:
                del self._ended[next(iter(self._ended))]


def _word(state: pb.OperationState) -> str:
    return pb.OperationState.Name(state).removeprefix("OPERATION_STATE_").lower()


def _pending(plans: Sequence[Plan]) -> list[pb.StageResponse]:
    if len({plan.id for plan in plans}) != len(plans):
        raise ValueError(f"the stages' ids must differ: {', '.join(plan.id for plan in plans)}")
    return [pb.StageResponse(id=plan.id, name=text_of(plan.name), state=pb.STAGE_STATE_PENDING) for plan in plans]


def _optional(text: str | None) -> str | None:
    return None if text is None else text_of(text)
