"""The plot: one panel for each measurement, readable on light and dark pages."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from tests.benchmarks.figures import TITLES, Results

_OURS, _PEER, _INK = "#1f9e89", "#98a2ad", "#7a828a"
_STYLE: Any = {"svg.hashsalt": "benchmarks", "svg.fonttype": "none", "font.size": 8, "text.color": _INK}
_STYLE |= {"axes.edgecolor": _INK, "axes.labelcolor": _INK, "xtick.color": _INK, "ytick.color": _INK}
_BAR_INCHES, _HEAD_INCHES = 0.17, 0.55
Bar = tuple[str, float, str]
"""Label, value, colour."""


def plot(results: Results, file: Path) -> None:
    """Writes it, where there is something to show."""
    bars = {number: found for number in TITLES if (found := _bars(results, number))}
    if not bars:
        return
    heights = [_HEAD_INCHES + _BAR_INCHES * len(each) for each in bars.values()]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(7.5, sum(heights)), layout="constrained")
        panels = figure.subplots(len(bars), 1, squeeze=False, height_ratios=heights)[:, 0]
        for panel, number in zip(panels, bars, strict=True):
            unit = next(each.unit for each in results.figures if each.measurement == number)
            _panel(panel, f"{number}. {TITLES[number]} ({unit})", bars[number])
        figure.savefig(file, format="svg", transparent=True, metadata={"Date": None})


def _panel(panel: Any, title: str, bars: list[Bar]) -> None:
    labels, values, colours = zip(*bars, strict=True)
    places = range(len(bars))
    panel.barh(places, values, color=colours, height=0.75)
    panel.set_yticks(places, labels)
    panel.set_xticks([])
    panel.invert_yaxis()
    panel.spines[["top", "right", "bottom"]].set_visible(False)
    for place, value in zip(places, values, strict=True):
        panel.text(value, place, f" {value:,.3g}" if value < 1000 else f" {value:,.0f}", va="center")
    panel.set_title(title, loc="left", color=_INK, fontsize=9)


def _bars(results: Results, number: int) -> list[Bar]:
    """Ours once for each thing measured, followed by the peers; less is better in all of them."""
    bars: dict[str, Bar] = {}
    shown = (each for each in results.figures if each.measurement == number and each.unit != "events/s")
    for each in shown:
        itself = each.peer == "its own start"
        ours, theirs = ("at the end", "at the start") if itself else ("ours", each.peer)
        for name, value, colour in ((ours, each.ours, _OURS), (theirs, each.theirs, _PEER)):
            label = f"{each.what}: {name}"
            if math.isfinite(value):
                bars.setdefault(label, (label, value, colour))
    return list(bars.values())
