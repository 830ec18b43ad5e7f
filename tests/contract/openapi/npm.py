"""The npm tools of `tests/package.json`, run without a network."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

NPM_HOME = Path(__file__).parents[2]
_QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_COLOR": "1"}


def run_tool(name: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Runs a program of `tests/node_modules/.bin` to its end.

    Args:
        name: of the program.
        arguments: what it gets.

    Returns:
        Its exit status, and what it wrote.

    Raises:
        AssertionError: it is not installed.
    """
    program = NPM_HOME / "node_modules" / ".bin" / name
    assert program.exists(), f"{name} is missing: run `make clients`"
    command = [str(program), *map(str, arguments)]
    return subprocess.run(
        command, env=os.environ | _QUIET, cwd=NPM_HOME, capture_output=True, text=True, timeout=50, check=False
    )
