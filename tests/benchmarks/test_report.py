"""What was found is told without loss."""

from __future__ import annotations

import json
import math

from tests.benchmarks.figures import Figure, Results
from tests.benchmarks.report import BEGIN, END, with_figures


def results(*figures: Figure) -> Results:
    """A run that found these."""
    return Results("a machine", {"litestar": "2"}, list(figures))


def test_a_ratio_is_ours_by_theirs_and_reaches_its_goal() -> None:
    """The goal itself is reached."""
    assert Figure(1, "logs", "us", "nchan", 3.0, 4.0, 0.75).reached is True
    assert Figure(1, "logs", "us", "nchan", 3.1, 4.0, 0.75).reached is False
    assert Figure(1, "logs", "us", "nchan", 3.1, 4.0).reached is None


def test_a_figure_that_is_not_there_is_null_in_json() -> None:
    """JSON has no NaN."""
    text = json.dumps(results(Figure(3, "logs", "events/s", "envoy", 1.0, math.nan)).as_dict(), allow_nan=False)
    assert json.loads(text)["figures"][0]["theirs"] is None


def test_figures_are_written_between_the_marks_and_nowhere_else() -> None:
    """Writing twice gives the same document."""
    document = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    written = with_figures(document, results(Figure(1, "logs", "us", "nchan", 3.0, 4.0, 0.75)))
    assert written.startswith("before\n")
    assert written.endswith("\nafter\n")
    assert "old" not in written
    assert "| logs | us | nchan | 3.00 | 4.00 | 0.75 | 0.75 | reached |" in written
    assert with_figures(written, results(Figure(1, "logs", "us", "nchan", 3.0, 4.0, 0.75))) == written


def test_a_document_without_marks_is_left_alone() -> None:
    """It may be somebody's own."""
    assert with_figures("text", results()) == "text"
