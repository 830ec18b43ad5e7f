"""The command line of the job."""

import argparse
import asyncio
import logging
import signal
import sys
import sysconfig
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from backends.emitter import BindError, Emitter, current_log_context
from backends.ingest.runner import Runner
from backends.ingest.tickets import directories, tickets

_MIB = 1_048_576


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the job until it is told to stop, and return the exit status: 0, or 1 where it cannot listen."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if not options.directory.is_dir():
        parser.error(f"{options.directory} is not a directory")
    choice = directories(options.directory.resolve(), int(options.max_mib * _MIB))
    if not choice:
        parser.error(f"no file is to be found in {options.directory}")
    try:
        asyncio.run(_run(options, choice))
    except BindError as error:
        print(f"ingest: {error}", file=sys.stderr)
        return 1
    return 0


async def _run(options: argparse.Namespace, choice: Sequence[Path]) -> None:
    emitter = Emitter()
    _log_to(emitter, options.verbose)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await emitter.serve(options.listen)
    print(f"ingest listening on {options.listen.rpartition(':')[0]}:{server.port}", flush=True)
    try:
        await _work(_runner(options, choice, emitter), stop)
    finally:
        await server.stop()


async def _work(runner: Runner, stop: asyncio.Event) -> None:
    work = asyncio.create_task(asyncio.to_thread(runner.run))
    told = asyncio.create_task(stop.wait())
    await asyncio.wait((work, told), return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    runner.stop()
    await work


def _runner(options: argparse.Namespace, choice: Sequence[Path], emitter: Emitter) -> Runner:
    return Runner(
        emitter.progress,
        islice(tickets(choice, options.seed), options.operations),
        workers=options.workers,
        bytes_per_second=options.rate_mib_per_second * _MIB,
        most_bytes=int(options.max_mib * _MIB),
        pause_seconds=options.pause_seconds,
    )


def _log_to(emitter: Emitter, verbose: bool) -> None:
    stderr = logging.StreamHandler()
    stderr.setLevel(logging.INFO if verbose else logging.WARNING)
    stderr.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    if not verbose:
        # Operations fail as a matter of course; whoever runs the job wants to hear of the job itself.
        stderr.addFilter(lambda _: "operation_id" not in current_log_context())
    logging.basicConfig(level=logging.DEBUG, handlers=[stderr, emitter.logs])
    for library in ("grpc", "asyncio"):
        logging.getLogger(library).setLevel(logging.WARNING)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m backends.ingest",
        description="Scans, hashes, compresses and verifies directories again and again, and serves progress and "
        "log of it over gRPC. Nothing is written but archives in temporary directories, deleted at once. Some "
        "operations fail and some are cancelled, on purpose. SIGINT and SIGTERM stop it.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add = parser.add_argument
    add(
        "directory",
        metavar="DIR",
        nargs="?",
        type=Path,
        default=sysconfig.get_path("stdlib"),
        help="what to work on: each operation takes one of its sub-directories",
    )
    add("--listen", metavar="HOST:PORT", type=_address, default="127.0.0.1:50051", help="port 0 takes a free one")
    add("--workers", metavar="N", type=_whole, default=3, help="operations at once")
    add("--operations", metavar="N", type=_whole, help="exit after so many operations; endless unless given")
    add("--rate-mib-per-second", metavar="R", type=_positive, default=0.25, help="read rate of each operation")
    add("--max-mib", metavar="M", type=_positive, default=1.25, help="most that one operation works on")
    add("--pause-seconds", metavar="S", type=_seconds, default=1.0, help="a worker's rest between two operations")
    add("--seed", metavar="N", type=int, default=1, help="decides what is worked on, what fails, what is cancelled")
    add("--verbose", action="store_true", help="log to stderr what the operations do, not only the job's own trouble")
    return parser


def _address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return text


def _whole(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _positive(text: str) -> float:
    if not 0 < (number := _number(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return number


def _seconds(text: str) -> float:
    if not 0 <= (number := _number(text)) < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds")
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number") from None
