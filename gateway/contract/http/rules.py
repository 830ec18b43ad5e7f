"""HTTP rules: the HTTP methods, paths and bodies that one RPC is served at (google/api/http.proto, HttpRule)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from gateway.contract.http.paths import PathTemplate, parse_template

WHOLE = "*"
"""The body that fills every field which the path does not."""
_TOKEN = re.compile(r"[A-Z][A-Z0-9-]*|\*")


class RuleError(ValueError):
    """An HTTP rule cannot be served; the message says what was expected."""


@dataclass(frozen=True)
class HttpBinding:
    """One way to call an RPC over HTTP."""

    verb: str
    """The HTTP method: `GET`, `POST`, …; the kind of a custom one, where `*` stands for any."""
    template: PathTemplate
    """Its path."""
    body: str
    """The request field that the body fills; `*` for all that the path does not fill; empty where there is no body."""
    response_body: str
    """The field of the response that is answered; empty for the whole of it."""


def http_bindings(rule: Any) -> tuple[HttpBinding, ...]:
    """The bindings of a `google.api.HttpRule`: its own, then the additional ones.

    Raises:
        RuleError: it has no pattern, an additional binding has more of its own, or a body cannot be.
        TemplateError: a path does not follow the grammar.
    """
    return tuple(_binding(each) for each in _flat(rule))


def default_bindings(full_name: str) -> tuple[HttpBinding, ...]:
    """Of a server-streaming method that has no rule: `/package.Service/Method`, for EventSource and with a body."""
    service, _, method = full_name.rpartition(".")
    template = parse_template(f"/{service}/{method}")
    return HttpBinding("GET", template, "", ""), HttpBinding("POST", template, WHOLE, "")


def _flat(rule: Any) -> Iterator[Any]:
    yield rule
    for each in rule.additional_bindings:
        if each.additional_bindings:
            # http.proto, HttpRule.additional_bindings: "the nesting may only be one level deep".
            raise RuleError("an additional binding cannot have additional_bindings of its own")
        yield each


def _binding(rule: Any) -> HttpBinding:
    pattern = rule.WhichOneof("pattern")
    if pattern is None:
        raise RuleError('no path; expected get, put, post, delete, patch or custom: {get: "/…"}')
    verb, path = (
        (rule.custom.kind, rule.custom.path) if pattern == "custom" else (pattern.upper(), getattr(rule, pattern))
    )
    if not _TOKEN.fullmatch(verb):
        raise RuleError(f"custom kind {verb!r}: expected an HTTP method in capitals, or '*' for any")
    if rule.body and verb == "GET":
        raise RuleError("a GET has no body; expected another HTTP method, or no body")
    return HttpBinding(verb, parse_template(path), rule.body, rule.response_body)
