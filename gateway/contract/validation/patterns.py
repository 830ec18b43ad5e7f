"""Regular expressions of rules: RE2's syntax, matched in time linear to the text."""

from __future__ import annotations

from collections.abc import Callable

import re2

from gateway.contract.validation.checks import Keywords

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False
# What RE2 and ECMA-262 (with its u flag, as JSON Schema asks for) both read, and read alike.
_ATOM = r"[^\\()\[\]{}]|\\[dDwWsSbBnrtfv^$\\.*+?()\[\]{}|/]|\((?:\?:)?|\)|\{\d+(?:,\d*)?\}"
_CLASS = r"\[\^?(?:[^\\\[\]^]|\\[dDwWsSnrtfv^$\\.*+?()\[\]{}|/\-])(?:[^\\\[\]]|\\[dDwWsSnrtfv^$\\.*+?()\[\]{}|/\-])*\]"
_SHARED = re2.compile(f"(?:{_ATOM}|{_CLASS})*")


def searcher(pattern: str) -> Callable[[str], bool]:
    """Whether a pattern is found anywhere in a text (cel-spec, langdef.md, `matches`).

    Raises:
        ValueError: RE2 cannot read the pattern, or would need too much memory for it.
    """
    try:
        compiled = re2.compile(pattern, options=_OPTIONS)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode(errors="replace") if isinstance(reason, bytes) else str(reason)
        raise ValueError(f"pattern {pattern!r} is not of RE2's syntax: {text}") from None
    return lambda text: compiled.search(text) is not None


def is_shared(pattern: str) -> bool:
    """True where JSON Schema's `pattern` means the same."""
    # `(?` followed by anything but `:` reads as a group and a quantifier of nothing.
    return _SHARED.fullmatch(pattern) is not None and "(?" not in pattern.replace("(?:", "")


def literal(text: str, before: str = "", after: str = "") -> Keywords:
    """A text between anchors as JSON Schema's `pattern`."""
    escaped = "".join(f"\\{each}" if each in r"^$\.*+?()[]{}|/" else each for each in text)
    return {"pattern": before + escaped + after}
