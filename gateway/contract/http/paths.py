"""HTTP paths as google.api.http writes them: the template grammar of google/api/http.proto, "Path template syntax".

    Template  = "/" Segments [ Verb ] ;
    Segments  = Segment { "/" Segment } ;
    Segment   = "*" | "**" | LITERAL | Variable ;
    Variable  = "{" FieldPath [ "=" Segments ] "}" ;
    FieldPath = IDENT { "." IDENT } ;
    Verb      = ":" LITERAL ;

`*` stands for one segment, `**` for all that remain, none included, so only a verb may follow it. What the grammar
leaves open is read thus: IDENT is an identifier of protobuf, LITERAL the characters of a path segment (RFC 3986, 3.3)
without `:` and `*`, or percent-encoded UTF-8.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

ONE = "*"
"""The segment that stands for any one segment."""
REST = "**"
"""The segment that stands for all that remain."""

_LITERAL = re.compile(r"[A-Za-z0-9._~!$&'()+,;=@%-]+")
_FIELD_PATH = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*")
_BROKEN_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_SAFE = "!$&'()+,;=@"


class TemplateError(ValueError):
    """A path template cannot be read; the message names the character (1-based) and what was expected."""


@dataclass(frozen=True)
class Variable:
    """A part of a path that is the value of a request field."""

    field: str
    """The field's path in the request: `book.name`."""
    start: int
    """Its first segment in the template's `segments`, from 0."""
    stop: int | None
    """The segment behind its last one; None where it ends with `**` and takes all that remain."""
    single: bool
    """True where it is one segment and not `**`: then all of it is percent-decoded; of others `%2F` stays."""


@dataclass(frozen=True)
class PathTemplate:
    """A compiled path template."""

    text: str
    """As written: `/v1/{name=shelves/*}/books:list`."""
    segments: tuple[str, ...]
    """`ONE`, `REST`, or a literal as written; those of variables included."""
    variables: tuple[Variable, ...]
    """In the order of their segments; no two of the same field."""
    verb: str
    """The literal behind the colon, as written; empty where there is none."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The paths of the request fields in it, in order."""
        return tuple(variable.field for variable in self.variables)

    @property
    def shape(self) -> str:
        """What makes two templates the same route: `{}` for `*` and `{field}`, no names, literals encoded alike."""
        parts = ["{}" if each == ONE else each if each == REST else _encoded_alike(each) for each in self.segments]
        return "".join(f"/{part}" for part in parts) + (f":{_encoded_alike(self.verb)}" if self.verb else "")


def parse_template(text: str) -> PathTemplate:
    """Compiles a path template.

    Raises:
        TemplateError: it does not follow the grammar, names a field twice, or has something behind `**`.
    """
    return _Parser(text).template()


class _Parser:
    """Reads one template from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._segments: list[str] = []
        self._variables: list[Variable] = []

    def template(self) -> PathTemplate:
        self._expect("/", "'/'")
        self._read_segments(in_variable=False)
        verb = self._literal("a literal") if self._take(":") else ""
        if self._at < len(self._text):
            slash = "" if self._segments[-1] == REST else "'/', "
            raise self._wrong("the end" if verb else f"{slash}':' or the end")
        return PathTemplate(self._text, tuple(self._segments), tuple(self._variables), verb)

    def _read_segments(self, in_variable: bool) -> None:
        self._read_segment(in_variable)
        while self._segments[-1] != REST and self._take("/"):
            self._read_segment(in_variable)

    def _read_segment(self, in_variable: bool) -> None:
        if self._take(REST):
            self._segments.append(REST)
        elif self._take(ONE):
            self._segments.append(ONE)
        elif in_variable:
            self._segments.append(self._literal("a literal, '*' or '**'"))
        elif self._take("{"):
            self._read_variable()
        else:
            self._segments.append(self._literal("a literal, '{field}', '*' or '**'"))

    def _read_variable(self) -> None:
        field, start = self._field_path(), len(self._segments)
        if self._take("="):
            self._read_segments(in_variable=True)
            self._expect("}", "'}'" if self._segments[-1] == REST else "'/' or '}'")
        else:
            self._segments.append(ONE)
            self._expect("}", "'=' or '}'")
        stop = None if self._segments[-1] == REST else len(self._segments)
        self._variables.append(Variable(field, start, stop, stop == start + 1))

    def _field_path(self) -> str:
        match = _FIELD_PATH.match(self._text, self._at)
        if not match:
            raise self._wrong("the name of a field")
        if any(match[0] == each.field for each in self._variables):
            raise self._error(f"field {match[0]!r} stands in the path twice", self._at)
        self._at = match.end()
        return match[0]

    def _literal(self, expected: str) -> str:
        match = _LITERAL.match(self._text, self._at)
        if not match:
            raise self._wrong(expected)
        if broken := _BROKEN_ENCODING.search(match[0]):
            raise self._error("expected two hexadecimal digits behind '%'", self._at + broken.start())
        try:
            unquote(match[0], errors="strict")
        except UnicodeDecodeError:
            raise self._error("expected UTF-8, percent-encoded", self._at) from None
        self._at = match.end()
        return match[0]

    def _expect(self, token: str, expected: str) -> None:
        if not self._take(token):
            raise self._wrong(expected)

    def _take(self, token: str) -> bool:
        taken = self._text.startswith(token, self._at)
        self._at += len(token) * taken
        return taken

    def _wrong(self, expected: str) -> TemplateError:
        return self._error(f"expected {expected}", self._at)

    def _error(self, reason: str, at: int) -> TemplateError:
        return TemplateError(f"path {self._text!r}, character {at + 1}: {reason}")


def _encoded_alike(literal: str) -> str:
    return quote(unquote(literal), safe=_SAFE)
