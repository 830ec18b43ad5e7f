"""A contract of three protos that use every type and feature of proto2, proto3 and edition 2023, served."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
from google.protobuf.json_format import MessageToDict
from msgspec.structs import fields

from gateway.contract.contract import compile_contract
from gateway.contract.descriptors import Descriptors, JsonNames, message_class
from gateway.contract.openapi.schemas import Ref, schemas_of
from gateway.contract.translation import Translator
from tests.support.protos import descriptor_set
from tests.support.random_wire import Wire

_PROTOS = Path(__file__).parents[1] / "contract" / "conformance"
_SERVICE = """syntax = "proto3";
package conformance;
import "edition.proto";
import "google/api/annotations.proto";
import "implicit.proto";
import "legacy.proto";
service Conformance {
  rpc Watch(WatchRequest) returns (stream WatchResponse) { option (google.api.http) = {get: "/v1/watch"}; }
}
message WatchRequest {}
message WatchResponse {
  oneof event {
    conformance.implicit.Whole implicit = 1;
    conformance.legacy.Whole legacy = 2;
    conformance.edition.Whole edition = 3;
  }
}
"""
_HELD = (
    *("implicit.Whole", "implicit.Part", "implicit.Part.Deeper", "implicit.Left", "implicit.Nothing"),
    *("legacy.Whole", "legacy.Whole.Many", "legacy.Strict", "legacy.Scope", "edition.Whole", "edition.Strict"),
)
_WELL_KNOWN = ("Any", "Timestamp", "Duration", "Struct", "Value", "ListValue", "FieldMask", "Empty", "Int64Value")
_MORE = ("google.api.HttpBody", "google.protobuf.FieldOptions", *(f"google.protobuf.{name}" for name in _WELL_KNOWN))


class Served(NamedTuple):
    """The contract, compiled with one kind of names."""

    translate: Translator
    """Ours."""
    response: Any
    """The class of the response, in a pool of its own."""
    names: JsonNames
    """Which names JSON has."""
    schemas: dict[str, Any]
    """By event, what checks its payload."""
    keys: dict[str, set[str]]
    """By event, the keys that its payload may have."""

    def proto_json(self, data: bytes, member: str) -> Any:
        """Protobuf's own."""
        return MessageToDict(
            getattr(self.response.FromString(data), member),
            preserving_proto_field_name=self.names == "proto",
            descriptor_pool=self.response.DESCRIPTOR.file.pool,
        )


def data() -> bytes:
    """The descriptor set."""
    return descriptor_set(_SERVICE, *((path.name, path.read_text()) for path in sorted(_PROTOS.glob("*.proto"))))


@lru_cache(maxsize=2)
def served(names: JsonNames) -> Served:
    """The three protos behind one method."""
    contract = compile_contract(data(), json_names=names)
    (route,) = contract.streams
    tops, structs = schemas_of([event.struct for event in route.events], contract.oneofs)
    # More strictly than the document asks: a key that is not documented is an error.
    closed = {name: schema | {"additionalProperties": False} for name, schema in structs.items()}
    definitions = _pointing({"$defs": closed})
    schemas = {
        str(event.name): jsonschema_rs.validator_for(
            _pointing(top) | definitions | {"$schema": "https://json-schema.org/draft/2020-12/schema"},
            validate_formats=True,
        )
        for event, top in zip(route.events, tops, strict=True)
    }
    response = message_class(Descriptors(data()).pool.FindMessageTypeByName("conformance.WatchResponse"))
    keys = {str(event.name): {field.encode_name for field in fields(event.struct)} for event in route.events}
    return Served(route.translate, response, names, schemas, keys)


def _pointing(node: Any) -> Any:
    """A schema whose references point into `$defs`."""
    if isinstance(node, Ref):
        return f"#/$defs/{node}"
    if isinstance(node, dict):
        return {key: _pointing(each) for key, each in node.items()}
    return [_pointing(each) for each in node] if isinstance(node, list) else node


@lru_cache(maxsize=1)
def wire() -> Wire:
    """What makes random messages of the contract."""
    pool = served("proto").response.DESCRIPTOR.file.pool
    return Wire(pool, [*(f"conformance.{name}" for name in _HELD), *_MORE])
