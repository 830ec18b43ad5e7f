"""One operation: a ticket's work, with its progress and its log."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from backends.emitter import Plan, Progress, Stage, log_context
from backends.generated.gateway.progress.v1.progress_pb2 import OPERATION_STATE_CANCELLED
from backends.ingest import work
from backends.ingest.pace import Pace
from backends.ingest.tickets import Ticket
from backends.ingest.work import SourceFile

_STAGES = (
    Plan("scan", "Scan files", weight=1),
    Plan("hash", "Hash files", weight=5),
    Plan("compress", "Compress into an archive", weight=5),
    Plan("verify", "Verify the archive", weight=5),
)

logger = logging.getLogger(__name__)


class Job:
    """Does what a ticket asks for.

    Args:
        ticket: The work.
        progress: Where its operation is made.
        pace: How fast it may read.
        most_bytes: How much of the directory it works on.

    Attributes:
        operation: How it is going.
    """

    def __init__(self, ticket: Ticket, progress: Progress, pace: Pace, most_bytes: int) -> None:
        self._ticket = ticket
        self._pace = pace
        self._most_bytes = most_bytes
        self._name = f"{ticket.kind.title} {ticket.directory.name}"
        self.operation = progress.operation(
            self._name,
            type=ticket.kind.type,
            owner_id=ticket.owner.id,
            owner_type=ticket.owner.type,
            owner_name=ticket.owner.name,
            resource_id=ticket.directory.name,
            stages=_STAGES,
        )

    def run(self) -> None:
        """Do the work; a failure is told by the operation and the log, and does not leave this method."""
        with log_context(operation_id=self.operation.id, owner_id=self._ticket.owner.id):
            try:
                with self.operation, TemporaryDirectory(prefix="ingest-") as scratch:
                    self._work(Path(scratch))
            except Exception:
                logger.exception("%s failed", self._name)
                return
            if self.operation.state == OPERATION_STATE_CANCELLED:
                logger.warning("%s was cancelled", self._name)
            else:
                logger.info("%s is complete", self._name)

    def _work(self, scratch: Path) -> None:
        files = self._scan(scratch)
        with self._impatience(files):
            digests = self._hash(files)
            if self._ticket.kind.archives:
                archive = scratch / f"{self._ticket.directory.name}.tar.gz"
                self._compress(files, archive)
                self._verify(files, archive, digests)
            else:
                self.operation.skip("compress", "verify")

    def _scan(self, scratch: Path) -> list[SourceFile]:
        directory = self._ticket.directory
        with self.operation.stage("scan") as stage:
            paths = stage.track(work.walk(directory), step=lambda path: path.name)
            files = list(work.select(directory, paths, self._most_bytes))
        for file in files:
            work.remark(file)
        if self._ticket.unreadable:
            files.insert(len(files) // 2, _unreadable(scratch))
        found = {"files": len(files), "bytes": _total(files)}
        self.operation.annotate(**found)
        logger.info("scanned %s", directory.name, extra=found)
        return files

    def _hash(self, files: Sequence[SourceFile]) -> dict[str, str]:
        with self.operation.stage("hash") as stage:
            meter = _Meter(stage, _total(files), self._pace)
            digests = {file.name: work.hash_file(file, meter.read) for file in meter.each(files)}
        logger.info("hashed %s", self._ticket.directory.name, extra={"files": len(digests)})
        return digests

    def _compress(self, files: Sequence[SourceFile], archive: Path) -> None:
        with self.operation.stage("compress") as stage:
            meter = _Meter(stage, _total(files), self._pace)
            work.compress(meter.each(files), archive, meter.read)
        size = archive.stat().st_size
        self.operation.annotate(archive_bytes=size)
        logger.info("compressed %s", self._ticket.directory.name, extra={"archive_bytes": size})

    def _verify(self, files: Sequence[SourceFile], archive: Path, digests: dict[str, str]) -> None:
        with self.operation.stage("verify") as stage:
            meter = _Meter(stage, _total(files), self._pace)
            work.verify(meter.each(files), archive, digests, meter.read)
        self.operation.annotate(verified_files=len(digests))
        logger.info("verified %s", archive.name, extra={"files": len(digests)})

    @contextmanager
    def _impatience(self, files: Sequence[SourceFile]) -> Iterator[None]:
        if self._ticket.patience is None:
            yield
            return
        passes = 3 if self._ticket.kind.archives else 1
        seconds = self._ticket.patience * passes * _total(files) / self._pace.bytes_per_second
        timer = threading.Timer(seconds, self._lose_patience)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _lose_patience(self) -> None:
        self.operation.cancel(f"{self._ticket.owner.name} would not wait any longer")


class _Meter:
    """Makes pace and percentages of the bytes that a stage reads."""

    def __init__(self, stage: Stage, total_bytes: int, pace: Pace) -> None:
        self._stage = stage
        self._total = total_bytes
        self._pace = pace
        self._done = 0

    def each(self, files: Sequence[SourceFile]) -> Iterator[SourceFile]:
        for file in files:
            self._stage.update(step=file.name)
            yield file

    def read(self, count: int) -> None:
        self._pace.spend(count)
        self._done += count
        self._stage.update(percentage=100.0 * self._done / self._total if self._total else None)


def _total(files: Sequence[SourceFile]) -> int:
    return sum(file.size for file in files)


def _unreadable(scratch: Path) -> SourceFile:
    # Permissions would not keep root from reading it; a link to nowhere keeps everybody.
    path = scratch / "unreadable.dat"
    path.symlink_to(scratch / "nowhere")
    return SourceFile(path.name, path, path.lstat().st_size)
