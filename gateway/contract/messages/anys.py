"""google.protobuf.Any as ProtoJSON: what it holds, beside its `@type` (protobuf.dev, ProtoJSON format).

What a method's messages hold is compiled at start. What an Any holds is known when it comes, and its type is compiled
then: any message of the contract may be in there, and most never are. That this fails late changes nothing for the
stream: it is a TranslationError, like any other message that JSON cannot say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from google.protobuf.descriptor import Descriptor
from msgspec import to_builtins

from gateway.contract.descriptors import Descriptors, message_class
from gateway.contract.messages.wellknown import WELL_KNOWN
from gateway.errors import ContractError

ANY = "google.protobuf.Any"
# An Empty has a JSON of its own and is written like any other message, as C++, Java and Python do.
_WITH_A_VALUE = {ANY, *WELL_KNOWN} - {"google.protobuf.Empty"}
_SHOWN = 200


class MessageType(NamedTuple):
    """A message as JSON."""

    struct: Any
    """The Struct that is encoded, with the proto comments as its descriptions; for a well-known type, its JSON's."""
    convert: Callable[[Any], Any]
    """From the protobuf message to what is encoded."""


class AnyConverter:
    """From a google.protobuf.Any to its JSON.

    Args:
        descriptors: the contract, which must hold the type.
        compile_type: compiles it, or knows it already.
    """

    def __init__(self, descriptors: Descriptors, compile_type: Callable[[Descriptor], MessageType]) -> None:
        self._descriptors = descriptors
        self._compile = compile_type

    def __call__(self, message: Any) -> dict[str, Any]:
        """The JSON of one.

        Raises:
            ValueError: its type is not in the contract, or cannot be served.
            google.protobuf.message.DecodeError: its bytes are not of its type.
        """
        url = message.type_url
        if not url:
            return _empty(message)
        held = self._held(url.rpartition("/")[2])
        inner = message_class(held).FromString(message.value)
        try:
            converted = self._compile(held).convert(inner)
        except ContractError as error:
            raise ValueError(str(error)) from None
        if held.full_name in _WITH_A_VALUE:
            return {"@type": url, "value": converted}
        own: dict[str, Any] = to_builtins(converted)
        return {"@type": url} | own

    def _held(self, full_name: str) -> Descriptor:
        try:
            return self._descriptors.pool.FindMessageTypeByName(full_name)
        except KeyError:
            shown = full_name[:_SHOWN] + "…" * (len(full_name) > _SHOWN)
            raise ValueError(f"a google.protobuf.Any of {shown!r}, a type that is not in the contract") from None


def _empty(message: Any) -> dict[str, Any]:
    if message.value:
        raise ValueError("a google.protobuf.Any has a value and no type")
    return {}
