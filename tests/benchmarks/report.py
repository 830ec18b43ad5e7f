"""What was found, as tables, as JSON, as a plot, and in the document."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.figures import TITLES, Figure, Results

BEGIN, END = "<!-- figures: written by make bench -->", "<!-- end of figures -->"
_HEADS = ("", "unit", "peer", "ours", "peer's", "ratio", "goal", "")


def show(console: Console, results: Results) -> None:
    """Prints a table for each measurement."""
    for number, title in TITLES.items():
        rows = list(_rows(results, number))
        if not rows:
            continue
        table = Table(title=f"{number}. {title}", title_justify="left")
        for head in _HEADS:
            table.add_column(head, justify="left" if head in ("", "unit", "peer") else "right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
        for note in _notes(results, number):
            console.print(f"  {note}", highlight=False, style="dim")
    for name, why in results.skipped.items():
        console.print(f"skipped: {name}: {why}", highlight=False)


def write(directory: Path, results: Results) -> None:
    """Writes benchmarks.json and benchmarks.svg, and the figures into benchmarks.md where there is one."""
    from tests.benchmarks.plot import plot  # noqa: PLC0415 - only `make bench` installs matplotlib

    directory.mkdir(parents=True, exist_ok=True)
    text = json.dumps(results.as_dict(), indent=1)
    (directory / "benchmarks.json").write_text(f"{text}\n")
    plot(results, directory / "benchmarks.svg")
    document = directory / "benchmarks.md"
    if document.exists():
        document.write_text(with_figures(document.read_text(), results))


def with_figures(document: str, results: Results) -> str:
    """The document with the figures of this run between its two marks."""
    before, mark, rest = document.partition(BEGIN)
    if not mark:
        return document
    return f"{before}{BEGIN}\n\n{markdown(results)}\n{END}{rest.partition(END)[2]}"


def markdown(results: Results) -> str:
    """All tables."""
    lines = [results.summary(), ", ".join(f"{name} {number}" for name, number in results.versions.items()) + ".", ""]
    for number, title in TITLES.items():
        rows = list(_rows(results, number))
        if rows:
            lines += [f"### {number}. {title}", "", f"| {' | '.join(_HEADS)} |", "|---|---|---|--:|--:|--:|--:|---|"]
            lines += [f"| {' | '.join(row)} |" for row in rows]
            lines += ["", *(f"- {note}" for note in _notes(results, number)), ""]
    lines += [f"Skipped: {name}: {why}" for name, why in results.skipped.items()]
    return "\n".join(lines).replace("\n\n\n", "\n\n")


def _rows(results: Results, number: int) -> Iterator[tuple[str, ...]]:
    for each in results.figures:
        if each.measurement == number:
            yield _row(each)
    for limit in results.limits:
        if limit["measurement"] == number:
            verdict = _verdict(limit["reached"])
            yield limit["what"], limit["unit"], "", _number(limit["ours"]), "", "", _number(limit["limit"]), verdict


def _row(each: Figure) -> tuple[str, ...]:
    goal = "" if each.goal is None else f"{each.goal:g}"
    figures = (_number(each.ours), _number(each.theirs), _number(each.ratio))
    return each.what, each.unit, each.peer, *figures, goal, _verdict(each.reached)


def _notes(results: Results, number: int) -> list[str]:
    noted = (f"{each.what}: {each.note}" for each in results.figures if each.measurement == number and each.note)
    return list(dict.fromkeys(noted))


def _verdict(reached: bool | None) -> str:
    return {None: "", True: "reached", False: "missed"}[reached]


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "none"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"
