"""What is known of one operation, and its way into the ring."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from backends.emitter.clock import Clock
from backends.emitter.errors import OperationCancelled
from backends.emitter.throttle import Throttle
from backends.emitter.values import text_of
from backends.generated.gateway.progress.v1 import progress_pb2 as pb

_RUNNING = (pb.OPERATION_STATE_STARTING, pb.OPERATION_STATE_RUNNING)

# What becomes of stages that the operation's end finds unfinished.
_SETTLED = {
    pb.OPERATION_STATE_COMPLETED: {
        pb.STAGE_STATE_PENDING: pb.STAGE_STATE_SKIPPED,
        pb.STAGE_STATE_IN_PROGRESS: pb.STAGE_STATE_COMPLETED,
    },
    pb.OPERATION_STATE_ERROR: {pb.STAGE_STATE_IN_PROGRESS: pb.STAGE_STATE_ERROR},
    pb.OPERATION_STATE_CANCELLED: {pb.STAGE_STATE_IN_PROGRESS: pb.STAGE_STATE_SKIPPED},
}


class Record:
    """The state of one operation, shared by its Operation and Stage objects; safe to use from any thread.

    The state is the very message that is published; each publication is a copy of it.

    Args:
        state: The operation as it is before it begins.
        weights: One for each stage of `state`: its share of the whole.
        publish: Takes this record and each copy.
        clock: Tells the time.
        interval_seconds: The least time between two publications that no change of state asks for.
    """

    def __init__(
        self,
        state: pb.ProgressResponse,
        weights: Sequence[float],
        publish: Callable[[Record, pb.ProgressResponse], None],
        clock: Clock,
        interval_seconds: float,
    ) -> None:
        self.state = state
        self._weights = weights
        self._publish = publish
        self._clock = clock
        self._lock = threading.RLock()
        self._throttle = Throttle(self._send, interval_seconds, clock, self._lock)
        self._open = False
        self._cancel_reason: str | None = None
        self._cancel_noticed = False

    @contextmanager
    def change(self, *, at_once: bool = False) -> Iterator[pb.ProgressResponse]:
        """Lend the state for a change and publish it afterwards, unless the operation has ended or not begun.

        Args:
            at_once: The change is one of state, which is never held back.
        """
        with self._lock:
            yield self.state
            self.state.last_update.FromDatetime(self._clock.now())
            if self.state.state in _RUNNING:
                self.state.overall_percentage = self._overall()
            if self._open:
                (self._throttle.now if at_once else self._throttle.soon)()

    def begin(self) -> None:
        """Publish the operation for the first time.

        Raises:
            RuntimeError: It has begun before.
        """
        with self._lock:
            if self.state.HasField("started_at"):
                raise RuntimeError(f"operation {self.state.id} has begun before")
            self._open = True
            with self.change(at_once=True) as state:
                state.started_at.FromDatetime(self._clock.now())

    def end(self, ending: pb.OperationState, error: str | None = None) -> None:
        """Publish the operation for the last time.

        Args:
            ending: Completed, error or cancelled. One that is completed although the work has been told of its
                cancellation ends as cancelled.
            error: Why it failed.
        """
        with self._lock:
            if ending == pb.OPERATION_STATE_COMPLETED and self._cancel_noticed:
                ending = pb.OPERATION_STATE_CANCELLED
            with self.change(at_once=True) as state:
                state.state = ending
                state.completed_at.FromDatetime(self._clock.now())
                if error is not None:
                    state.error = text_of(error)
                self._settle(ending)
            self._open = False

    def cancel(self, reason: str) -> None:
        """Have the working thread told at its next step; the first reason given counts."""
        if self._cancel_reason is None:
            self._cancel_reason = reason

    def check_cancelled(self) -> None:
        """Raise OperationCancelled where somebody has called `cancel`."""
        if self._cancel_reason is not None:
            self._cancel_noticed = True
            raise OperationCancelled(self.state.id, self._cancel_reason)

    def _settle(self, ending: pb.OperationState) -> None:
        for stage in self.state.stages:
            stage.state = _SETTLED[ending].get(stage.state, stage.state)
        if ending == pb.OPERATION_STATE_COMPLETED:
            self.state.overall_percentage = 100.0
        if ending == pb.OPERATION_STATE_CANCELLED and self._cancel_reason:
            self.state.metadata["cancel_reason"] = text_of(self._cancel_reason)

    def _overall(self) -> float:
        shares = [
            (weight, stage.percentage)
            for weight, stage in zip(self._weights, self.state.stages, strict=True)
            if stage.state != pb.STAGE_STATE_SKIPPED
        ]
        total = sum(weight for weight, _ in shares)
        return sum(weight * percentage for weight, percentage in shares) / total if shares else 0.0

    def _send(self) -> None:
        copy = pb.ProgressResponse()
        copy.CopyFrom(self.state)
        self._publish(self, copy)
