"""Contracts that send other events than they document."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.routes import Route
from gateway.contract.translation import Bookmark, Translated

Change = Callable[[Translated], Translated]


def edited(edit: Callable[[Any], None]) -> Change:
    """Changes the payload of every event."""

    def change(event: Translated) -> Translated:
        payload = json.loads(event.data)
        edit(payload)
        return event._replace(data=json.dumps(payload).encode())

    return change


def break_shipped_contract(monkeypatch: pytest.MonkeyPatch, change: Change) -> None:
    """Makes gateways of this process document the shipped contract and send something else."""
    contract = compile_contract(shipped_descriptor_set())
    routes = tuple(_broken(route, change) for route in contract.routes)
    monkeypatch.setattr("gateway.app.load_contract", lambda settings: replace(contract, routes=routes))


def _broken(route: Route, change: Change) -> Route:
    def translate(data: bytes) -> Translated | Bookmark:
        event = route.translate(data)
        return event if isinstance(event, Bookmark) else change(event)

    return replace(route, translate=translate)  # type: ignore[arg-type]
