"""From a request's path to what is served there.

Where several templates fit a path, the one with a verb goes before those without, and among the others the first
segment that differs decides: a literal goes before `*`, `*` before `**`. The order in which they are declared does not
count. A template that another HTTP method has does not stand in the way: the next one that fits is taken.

Decoding follows google/api/http.proto, "Path template syntax": a variable of one segment is percent-decoded whole; in
one of several segments, or with `**`, `%2F` and `%2f` are left unchanged, and nothing else is. (RFC 6570's reserved
expansion, which others follow here, is ruled out there.) Literals fit in any encoding: `%7Eme` is `~me`. An encoded `/`
or `:` separates nothing.

`*` takes no empty segment. Slashes at the end count only for `**`: `/v1/a/` is `/v1/a` where nothing else fits.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import unquote

from gateway.contract.http.paths import ONE, REST, PathTemplate, Variable

T = TypeVar("T")

ANY = "*"
"""The HTTP method of a custom pattern that leaves it open (google/api/http.proto, HttpRule.custom)."""

_Ends = dict[str, dict[str, tuple[tuple[Variable, ...], T]]]
"""What ends somewhere: by the template's verb, then by HTTP method."""
_BROKEN_ENCODING = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED_SLASH = re.compile(r"(%2[Ff])")


class PathError(ValueError):
    """A request's path is not percent-encoded UTF-8; the message says where and what was expected."""


class Found(NamedTuple, Generic[T]):
    """What is served at a path."""

    target: T
    """What the template was entered with."""
    captures: dict[str, str]
    """The decoded text of each variable, by its field's path in the request."""


class Router(Generic[T]):
    """Finds the template that a path fits. A search takes time linear in the templates, whatever the path.

    Args:
        entries: HTTP method, template, target. `ANY` stands for every HTTP method that has no entry of its own at the
            same template. Of two with one HTTP method and shape, the last counts.
    """

    def __init__(self, entries: Iterable[tuple[str, PathTemplate, T]]) -> None:
        self._root: _Node[T] = _Node()
        self._verbs: set[str] = set()
        for method, template, target in entries:
            verb = unquote(template.verb)
            self._verbs |= {verb} if verb else set()
            self._root.reach(template.segments).ends.setdefault(verb, {})[method] = (template.variables, target)

    def find(self, verb: str, raw_path: str) -> Found[T] | frozenset[str]:
        """What is served.

        Args:
            verb: the HTTP method, as in the request: `GET`.
            raw_path: the path as in the request: percent-encoded, with its leading slash, without the query.

        Returns:
            The target and the values of its variables; or the HTTP methods that the path has, none for an unknown path.

        Raises:
            PathError: the path is not percent-encoded UTF-8.
        """
        _check(raw_path)
        known: set[str] = set()
        for raw, custom in self._readings(raw_path):
            segments = [unquote(each) for each in raw] if "%" in raw_path else raw
            for ends in self._root.fitting(segments):
                methods = ends.get(custom, {})
                if end := methods.get(verb) or methods.get(ANY):
                    variables, target = end
                    return Found(target, {each.field: _capture(each, raw, segments) for each in variables})
                known.update(methods)
        return frozenset(known)

    def _readings(self, raw_path: str) -> Iterator[tuple[list[str], str]]:
        """The path's segments and the template's verb behind them, in every way that the path can be read."""
        for path in dict.fromkeys((raw_path, raw_path.rstrip("/"))):
            root, *segments = path.split("/")
            if root or not segments:
                continue
            last, colon, behind = segments[-1].rpartition(":")
            if colon and (custom := unquote(behind)) in self._verbs:
                yield [*segments[:-1], last], custom
            yield segments, ""


class _Node(Generic[T]):
    """What may follow after some segments of a path, and what ends there."""

    __slots__ = ("ends", "literals", "one", "rest")

    def __init__(self) -> None:
        self.ends: _Ends[T] = {}
        self.literals: dict[str, _Node[T]] = {}
        self.one: _Node[T] | None = None
        self.rest: _Node[T] | None = None

    def reach(self, segments: Iterable[str]) -> _Node[T]:
        """The node behind a template's segments, made where it is not there."""
        node = self
        for segment in segments:
            if segment == REST:
                node.rest = node.rest or _Node()
                node = node.rest
            elif segment == ONE:
                node.one = node.one or _Node()
                node = node.one
            else:
                node = node.literals.setdefault(unquote(segment), _Node())
        return node

    def fitting(self, segments: list[str]) -> Iterator[_Ends[T]]:
        """The ends of every node that the decoded segments lead to, in the order of precedence.

        A node is reached by one way only, so none is visited twice.
        """
        count = len(segments)
        waiting: list[tuple[_Node[T] | None, int]] = [(self, 0)]
        while waiting:
            node, at = waiting.pop()
            if node is None:
                continue
            if at == count:
                yield node.ends
                waiting.append((node.rest, count))
            else:
                # The last one pushed is looked at first.
                waiting.append((node.rest, count))
                waiting.append((node.one if segments[at] else None, at + 1))
                waiting.append((node.literals.get(segments[at]), at + 1))


def _capture(variable: Variable, raw: list[str], segments: list[str]) -> str:
    if variable.single:
        return segments[variable.start]
    return "/".join(map(_decoded_but_slashes, raw[variable.start : variable.stop]))


def _decoded_but_slashes(raw: str) -> str:
    return "".join(part if _ENCODED_SLASH.fullmatch(part) else unquote(part) for part in _ENCODED_SLASH.split(raw))


def _check(raw_path: str) -> None:
    if raw_path.isascii() and "%" not in raw_path:
        return
    if broken := _BROKEN_ENCODING.search(raw_path):
        raise PathError(f"path, character {broken.start() + 1}: expected two hexadecimal digits behind '%'")
    try:
        unquote(raw_path, errors="strict").encode()
    except UnicodeError:
        raise PathError("path: expected UTF-8, percent-encoded") from None
