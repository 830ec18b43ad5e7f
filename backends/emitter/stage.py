"""One stage of an operation."""

import asyncio
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self, TypeVar

from backends.emitter.errors import OperationCancelled
from backends.emitter.record import Record
from backends.emitter.values import text_of
from backends.generated.gateway.progress.v1 import progress_pb2 as pb

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Plan:
    """A stage that an operation is going to have.

    Attributes:
        id: Identifies the stage within its operation.
        name: What it is called, for people.
        weight: Its share of the whole, relative to the other stages' weights; more than 0.

    Raises:
        ValueError: `weight` is not a finite number above 0.
    """

    id: str
    name: str
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.weight) and self.weight > 0):
            raise ValueError(f"the weight of stage {self.id!r} must be above 0, not {self.weight}")


class Stage:
    """A stage as the work sees it; made by `Operation.stage`, used as a `with` or `async with` block.

    The block makes it `in_progress`, then `completed`, or `error` where an exception leaves the block. A stage that
    a cancellation cuts short is settled by the end of its operation.
    """

    def __init__(self, record: Record, state: pb.StageResponse) -> None:
        self._record = record
        self._state = state

    def update(self, *, percentage: float | None = None, step: str | None = None) -> None:
        """Tell how far the stage is. Cheap enough to be called for each small step of the work.

        Args:
            percentage: How much of the stage is done; kept within 0 and 100. Absent: as before.
            step: What it is doing at this moment. Absent: as before.

        Raises:
            OperationCancelled: Somebody has cancelled the operation.
        """
        self._record.check_cancelled()
        with self._record.change():
            if percentage is not None:
                self._state.percentage = min(max(0.0, percentage), 100.0)  # in this order NaN becomes 0
            if step is not None:
                self._state.stage_step = text_of(step)

    def track(
        self,
        items: Iterable[Item],
        *,
        step: Callable[[Item], str] | None = None,
        size: Callable[[Item], float] | None = None,
    ) -> Iterator[Item]:
        """Iterate over the stage's work, updating the percentage and the step on the way.

        Args:
            items: What there is to do; read to its end before the first one is given out.
            step: The step text of an item.
            size: How much work an item is, relative to the others; absent: all are alike.

        Yields:
            Each item, after the update that says it is being worked on.

        Raises:
            OperationCancelled: Somebody has cancelled the operation.
        """
        sized = [(item, size(item) if size else 1.0) for item in items]
        total = sum(share for _, share in sized) or 1.0
        done = 0.0
        for item, share in sized:
            self.update(percentage=100.0 * done / total, step=step(item) if step else None)
            yield item
            done += share
        self.update(percentage=100.0)

    def __enter__(self) -> Self:
        self._record.check_cancelled()
        with self._record.change(at_once=True) as operation:
            operation.state = pb.OPERATION_STATE_RUNNING
            operation.current_stage = self._state.id
            self._state.state = pb.STAGE_STATE_IN_PROGRESS
            self._state.percentage = 0.0
            self._state.ClearField("stage_step")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OperationCancelled | asyncio.CancelledError):
            return
        with self._record.change(at_once=True):
            if error is None:
                self._state.state = pb.STAGE_STATE_COMPLETED
                self._state.percentage = 100.0
                self._state.ClearField("stage_step")
            else:
                self._state.state = pb.STAGE_STATE_ERROR

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)
