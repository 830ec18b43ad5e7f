"""One operation, from its start to its end."""

import asyncio
from types import TracebackType
from typing import Self

from backends.emitter.errors import OperationCancelled
from backends.emitter.record import Record
from backends.emitter.stage import Stage
from backends.emitter.values import struct_of
from backends.generated.gateway.progress.v1 import progress_pb2 as pb


class Operation:
    """An operation as the work sees it; made by `Progress.operation`, used as a `with` or `async with` block.

    It is `starting` when the block begins, `running` from its first stage on, and ends as

    - `completed` where the block ends; stages that never began count as skipped,
    - `error` where an exception leaves the block; `error` is then its text, or its class where it has none, and the
      exception goes on,
    - `cancelled` where OperationCancelled leaves the block, which swallows it, or asyncio.CancelledError, which
      goes on. The reason given to `cancel`, if any, stands in the metadata as `cancel_reason`.

    Nothing here blocks, and all of it may be called from any thread. What comes after the end is not published.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def id(self) -> str:
        """Identifies the operation."""
        return self._record.state.id

    @property
    def state(self) -> pb.OperationState:
        """Where the operation stands."""
        return self._record.state.state

    def stage(self, stage_id: str) -> Stage:
        """Return a stage of the operation's plan, to be used as a `with` block.

        Raises:
            LookupError: No such stage was planned.
        """
        return Stage(self._record, self._planned(stage_id))

    def skip(self, *stage_ids: str) -> None:
        """Leave stages out: they no longer count in the overall percentage.

        Raises:
            LookupError: One of them was not planned; none is skipped then.
        """
        stages = [self._planned(stage_id) for stage_id in stage_ids]
        with self._record.change(at_once=True):
            for stage in stages:
                stage.state = pb.STAGE_STATE_SKIPPED

    def annotate(self, **metadata: object) -> None:
        """Add to the operation's metadata, or replace parts of it.

        Args:
            **metadata: JSON values; what JSON does not know is told by its `str`.
        """
        added = struct_of(metadata)
        with self._record.change() as state:
            state.metadata.MergeFrom(added)

    def cancel(self, reason: str = "") -> None:
        """Ask the work to stop; returns at once.

        The next `update`, `track` step, `check_cancelled` or stage of the operation raises OperationCancelled there.

        Args:
            reason: For people; the first one given counts.
        """
        self._record.cancel(reason)

    def check_cancelled(self) -> None:
        """Give way to a cancellation; for long work that has no progress to tell.

        Raises:
            OperationCancelled: Somebody has called `cancel`.
        """
        self._record.check_cancelled()

    def __enter__(self) -> Self:
        self._record.begin()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        if error is None:
            self._record.end(pb.OPERATION_STATE_COMPLETED)
        elif isinstance(error, OperationCancelled | asyncio.CancelledError):
            self._record.end(pb.OPERATION_STATE_CANCELLED)
        else:
            self._record.end(pb.OPERATION_STATE_ERROR, str(error) or type(error).__name__)
        return isinstance(error, OperationCancelled) and error.operation_id == self.id

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        return self.__exit__(kind, error, trace)

    def _planned(self, stage_id: str) -> pb.StageResponse:
        stages = {stage.id: stage for stage in self._record.state.stages}
        if stage_id not in stages:
            raise LookupError(f"no stage {stage_id!r} is planned, only {', '.join(stages) or 'none at all'}")
        return stages[stage_id]
