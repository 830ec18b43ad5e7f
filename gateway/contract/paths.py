"""HTTP paths as google.api.http writes them.

Served so far is the part of the template grammar (google/api/http.proto, "Path template syntax") with literal
segments and `{field}`, which takes one segment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()+,;=@%-]+")
_VARIABLE = re.compile(r"\{([a-z_A-Z][a-z_A-Z0-9]*)\}")


class TemplateError(ValueError):
    """A path template cannot be read; the message names the character (1-based) and what was expected."""


@dataclass(frozen=True)
class PathTemplate:
    """A compiled path template."""

    text: str
    """As written: `/v1/builds/{build}/events`."""
    fields: tuple[str, ...]
    """The request fields in it, in order."""

    @property
    def shape(self) -> str:
        """The template without the names of its fields: what makes two paths the same."""
        return _VARIABLE.sub("{}", self.text)


def parse_template(text: str) -> PathTemplate:
    """Compiles a path template.

    Raises:
        TemplateError: it does not follow the grammar, or uses a part of it that is not served.
    """
    fields: list[str] = []
    at = 0
    while at < len(text) or not at:
        if text[at : at + 1] != "/":
            raise _error(text, at, "expected '/'")
        start = at + 1
        at, field = _segment(text, start)
        if field in fields:
            raise _error(text, start, f"field {field!r} stands in the path twice")
        fields += [field] if field else []
    return PathTemplate(text, tuple(fields))


def _segment(text: str, at: int) -> tuple[int, str | None]:
    if match := _VARIABLE.match(text, at):
        return match.end(), match[1]
    if match := _LITERAL.match(text, at):
        return match.end(), None
    if text[at : at + 1] in ("*", "{"):
        raise _error(text, at, "wildcards and '{field=…}' are not served; expected a literal or '{field}'")
    raise _error(text, at, "expected a literal or '{field}'")


def _error(text: str, at: int, reason: str) -> TemplateError:
    return TemplateError(f"path {text!r}, character {at + 1}: {reason}")
