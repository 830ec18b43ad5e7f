"""How the values of an enum are written in JSON and in query parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from google.protobuf.descriptor import EnumDescriptor

from gateway.contract.descriptors import Descriptors

_LOWER = 1  # gateway.sse.v1.SPELLING_LOWER


@dataclass(frozen=True)
class EnumSpelling:
    """The spelling of one enum's values."""

    spelled: dict[int, str]
    """Number to spelling, for what is sent."""
    numbers: dict[str, int]
    """Spelling to number, for what clients ask for. Where two values share a spelling, the one declared last."""
    canonical: dict[int, int]
    """Number to the number that its spelling stands for, so that equal spellings compare equal."""
    unknown: int | None
    """The number that an unknown one is sent as; None where it is sent as the number it is."""
    closed: bool
    """True where nothing but the spellings is ever sent."""

    @property
    def choices(self) -> tuple[str, ...]:
        """Every spelling once, by number."""
        return tuple(sorted(self.numbers, key=self.numbers.__getitem__))


def enum_spelling(descriptors: Descriptors, enum: EnumDescriptor) -> EnumSpelling:
    """The spelling the contract asks for; without options the one of ProtoJSON, the declared names."""
    lower = descriptors.option(enum, "gateway.sse.v1.spelling") == _LOWER
    prefix = f"{_upper_snake(enum.name)}_" if lower else ""
    spelled: dict[int, str] = {}
    for value in enum.values:
        plain = value.name.removeprefix(prefix)
        spelling = descriptors.option(value, "gateway.sse.v1.json")
        spelled.setdefault(value.number, spelling or (plain.lower() if lower else plain))
    numbers = {spelling: number for number, spelling in spelled.items()}
    canonical = {number: numbers[each] for number, each in spelled.items()}
    # Who chooses a spelling wants text and nothing else; without one it is ProtoJSON, where enums are open.
    unknown = canonical[enum.values[0].number] if lower else None
    return EnumSpelling(spelled, numbers, canonical, unknown, closed=lower or bool(enum.is_closed))


def _upper_snake(name: str) -> str:
    """The prefix that style guides ask of an enum's values: StageState's is STAGE_STATE, HTTPStatus's HTTP_STATUS."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).upper()
