"""Everything that is wrong, in one run."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from gateway.errors import ContractError, Problem

T = TypeVar("T")


class Gathering:
    """Runs steps one after the other; what is wrong with one is kept, and the others still run."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def run(self, step: Callable[..., T], *arguments: Any, **named: Any) -> T | None:
        """What a step gives; None where it has failed."""
        try:
            return step(*arguments, **named)
        except ContractError as error:
            self.problems += error.problems
            return None

    def check(self) -> None:
        """Ends the gathering.

        Raises:
            ContractError: with the problems of all steps, where there are any.
        """
        if self.problems:
            raise ContractError(self.problems)
