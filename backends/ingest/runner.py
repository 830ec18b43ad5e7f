"""The workers, several at once."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

from backends.emitter import Operation, Progress
from backends.ingest.job import Job
from backends.ingest.pace import Pace
from backends.ingest.tickets import Ticket


class Runner:
    """Has tickets worked on by threads.

    Args:
        progress: Where the operations are made.
        tickets: The work; the end of it is the end of the run.
        workers: How many operations run at once.
        bytes_per_second: How fast each of them may read.
        most_bytes: How much of its directory each works on.
        pause_seconds: How long a worker rests between two operations.
    """

    def __init__(
        self,
        progress: Progress,
        tickets: Iterator[Ticket],
        *,
        workers: int,
        bytes_per_second: float,
        most_bytes: int,
        pause_seconds: float,
    ) -> None:
        self._progress = progress
        self._tickets = tickets
        self._workers = workers
        self._bytes_per_second = bytes_per_second
        self._most_bytes = most_bytes
        self._pause_seconds = pause_seconds
        self._running: set[Operation] = set()
        self._stopping = threading.Event()
        self._lock = threading.Lock()

    def run(self) -> None:
        """Work until there are no more tickets or somebody calls `stop`."""
        with ThreadPoolExecutor(self._workers, "ingest") as pool:
            workers = [pool.submit(self._work) for _ in range(self._workers)]
            try:
                for worker in as_completed(workers):
                    worker.result()
            finally:
                self.stop()

    def stop(self) -> None:
        """Begin nothing more and cancel what is running; called from any thread."""
        self._stopping.set()
        with self._lock:
            for operation in self._running:
                operation.cancel("the service is stopping")

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job.run()
            finally:
                with self._lock:
                    self._running.remove(job.operation)
            self._stopping.wait(self._pause_seconds)

    def _next(self) -> Job | None:
        with self._lock:
            if self._stopping.is_set() or (ticket := next(self._tickets, None)) is None:
                return None
            job = Job(ticket, self._progress, Pace(self._bytes_per_second, self._stopping), self._most_bytes)
            self._running.add(job.operation)
            return job
