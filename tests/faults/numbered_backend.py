"""A backend that emits numbered log entries and progress, and writes down what it emitted.

Run as `python -m tests.faults.numbered_backend --record FILE`. Every line of the record is one event, written just
before it is emitted: `L <run> <number>` for a log entry, `P <operation> <step>` for progress, whose last step is
`end`. On SIGUSR1 it ends its operations, says `done`, and goes on serving.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import time
from pathlib import Path

from backends.emitter import Emitter, LogHandler, Operation, OperationCancelled, Progress

_AT_ONCE = 5
_LATE_SECONDS = 0.2


class Record:
    """The file of what was emitted, without a buffer, so that SIGKILL loses none of it."""

    def __init__(self, file: Path) -> None:
        self._descriptor = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, kind: str, key: str) -> None:
        """Writes one event down."""
        os.write(self._descriptor, f"{kind} {key}\n".encode())


class Work:
    """One operation: it begins, takes some steps and ends in one of the three ways."""

    def __init__(self, operation: Operation, number: int, record: Record) -> None:
        self._operation = operation
        self._number = number
        self._record = record
        self._step = 0
        self.over = False

    def go_on(self) -> None:
        """One event more."""
        if self._step > 4 + self._number % 7:
            self.end()
            return
        self._record.write("P", f"{self._operation.id} {self._step}")
        if self._step:
            self._operation.annotate(step=self._step)
        else:
            self._operation.__enter__()
        self._step += 1

    def end(self) -> None:
        """The last event, if any was emitted."""
        self.over = True
        if not self._step:
            return
        self._record.write("P", f"{self._operation.id} end")
        errors = (None, RuntimeError("as planned"), OperationCancelled(self._operation.id, "as planned"))
        error = errors[self._number % 3]
        self._operation.__exit__(type(error) if error else None, error, None)


class Numbers:
    """Emits one log entry and one progress event at each tick."""

    def __init__(self, emitter: Emitter, run: int, padding: int, record: Record) -> None:
        self._progress = emitter.progress
        self._run = run
        self._padding = "x" * padding
        self._record = record
        self._logger = logging.Logger("numbers")
        self._logger.addHandler(emitter.logs)
        self._ticks = self._operations = 0
        self._working = [self._work() for _ in range(_AT_ONCE)]

    def tick(self) -> None:
        """Emits."""
        self._ticks += 1
        self._record.write("L", f"{self._run} {self._ticks}")
        self._logger.info("%d %d %s", self._run, self._ticks, self._padding)
        turn = self._ticks % _AT_ONCE
        self._working[turn].go_on()
        if self._working[turn].over:
            self._working[turn] = self._work()

    def end(self) -> None:
        """Ends every operation."""
        for work in self._working:
            work.end()

    def _work(self) -> Work:
        self._operations += 1
        name = f"{self._run}.{self._operations}"
        operation = self._progress.operation(name, type="numbered", owner_id="tests", id=name, metadata={"step": 0})
        return Work(operation, self._operations, self._record)


async def emit(numbers: Numbers, rate: float, ended: asyncio.Event) -> None:
    """Ticks at a steady rate; time in which the process was stopped is not made up for."""
    due = time.monotonic()
    while not ended.is_set():
        due = max(due, time.monotonic() - _LATE_SECONDS)
        while due <= time.monotonic() and not ended.is_set():
            numbers.tick()
            due += 1 / rate
        await asyncio.sleep(max(0.0, due - time.monotonic()))
    numbers.end()
    print("done", flush=True)


async def main(options: argparse.Namespace) -> None:
    """Serves and emits until SIGTERM."""
    ended, stopped = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGUSR1, ended.set)
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    emitter = Emitter(Progress(capacity=options.keep, interval_seconds=0), LogHandler(capacity=options.keep))
    server = await emitter.serve(options.listen)
    print(f"listening on 127.0.0.1:{server.port}", flush=True)
    numbers = Numbers(emitter, options.run, options.padding, Record(options.record))
    emitting = asyncio.create_task(emit(numbers, options.rate, ended))
    await stopped.wait()
    emitting.cancel()
    await server.stop(0.5)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--rate", type=float, default=100.0, help="log entries, and progress events, a second")
    parser.add_argument("--run", type=int, default=1, help="tells this process's numbers from another's")
    parser.add_argument("--keep", type=int, default=5000, help="how many events are kept for resuming")
    parser.add_argument("--padding", type=int, default=0, help="characters to add to each log entry")
    parser.add_argument("--record", type=Path, required=True, help="the file of what was emitted")
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(main(arguments()))
