"""JSON Schema keywords of rules: put together, and written for 64 bit integers that are texts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gateway.contract.validation.checks import Keywords

_TIGHTER: dict[str, Any] = {
    **dict.fromkeys(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"), max),
    **dict.fromkeys(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"), min),
}
_NESTED = ("items", "additionalProperties", "propertyNames")
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")


def narrowed(schema: Keywords, keywords: Keywords) -> Keywords:
    """A schema that allows what both allow; keywords that cannot be put into one go below `allOf`."""
    narrow, beside = dict(schema), []
    for name, value in keywords.items():
        if name not in narrow or narrow[name] == value:
            narrow[name] = value
        elif name in _TIGHTER:
            narrow[name] = _TIGHTER[name](narrow[name], value)
        elif name in _NESTED and isinstance(narrow[name], dict):
            narrow[name] = narrowed(narrow[name], value)
        elif name == "enum":
            narrow[name] = [each for each in narrow[name] if each in value]
        elif name == "allOf":
            beside.extend(value)
        else:
            beside.append({name: value})
    return narrow | {"allOf": [*narrow.get("allOf", ()), *beside]} if beside else narrow


def all_of(schemas: Iterable[Keywords]) -> Keywords:
    """One schema of several."""
    whole: Keywords = {}
    for schema in schemas:
        whole = narrowed(whole, schema)
    return whole


def as_texts(keywords: Keywords) -> Keywords:
    """The keywords of integers for integers that are written as texts, which no bound can be given for."""
    texts: Keywords = {}
    for name, value in keywords.items():
        if name == "enum":
            texts[name] = [str(each) for each in value]
        elif name == "const":
            texts[name] = str(value)
        elif name == "not":
            texts[name] = as_texts(value)
        elif name == "allOf":
            texts[name] = [as_texts(each) for each in value]
        elif name == "anyOf":
            either = [as_texts(each) for each in value]
            texts |= {name: either} if all(either) else {}
        elif name not in _BOUNDS:
            texts[name] = value
    return {name: value for name, value in texts.items() if value not in ({}, [])}
