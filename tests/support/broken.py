"""Contracts that send other events than they document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from msgspec import structs

from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.messages.replies import Answer
from gateway.contract.routes import StreamRoute, UnaryRoute
from gateway.contract.translation import Bookmark, Translated

Change = Callable[[Translated], Translated]


def edited(edit: Callable[[Any], None]) -> Change:
    """Changes the payload of every event."""

    def change(event: Translated) -> Translated:
        payload = json.loads(event.data)
        edit(payload)
        return structs.replace(event, data=json.dumps(payload).encode())

    return change


def break_shipped_contract(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Makes gateways of this process document the shipped contract and send something else.

    Args:
        monkeypatch: undoes it.
        change: of each event; what is answered without a stream is changed as if it were one.
    """
    contract = compile_contract(shipped_descriptor_set())
    routes = tuple(_broken(route, change) for route in contract.streams)
    unary = tuple(_broken_reply(route, change) for route in contract.unary)
    monkeypatch.setattr("gateway.loading.Loader.initial", lambda loader: replace(contract, routes=(*routes, *unary)))


def _broken(route: StreamRoute, change: Change) -> StreamRoute:
    def translate(data: bytes) -> Translated | Bookmark:
        event = route.translate(data)
        return event if isinstance(event, Bookmark) else change(event)

    return replace(route, translate=translate)  # type: ignore[arg-type]


def _broken_reply(route: UnaryRoute, change: Change) -> UnaryRoute:
    reply = route.reply

    def answer(data: bytes) -> Answer:
        answered = reply(data)
        return answered._replace(body=change(Translated(None, answered.body, (), None, False, "")).data)

    answer.struct, answer.raw, answer.sample = reply.struct, reply.raw, reply.sample  # type: ignore[attr-defined]
    return replace(route, reply=answer)  # type: ignore[arg-type]
