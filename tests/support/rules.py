"""Contracts with rules of `buf.validate`, and what protovalidate's own library says of their messages."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import grpc_tools
import protovalidate
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

from gateway.contract.descriptors import Descriptors, JsonNames

HEAD = 'syntax = "proto3";\npackage test;\n' + "".join(
    f'import "{name}";\n'
    for name in (
        "buf/validate/validate.proto",
        *(f"google/protobuf/{name}.proto" for name in ("any", "duration", "field_mask", "timestamp", "wrappers")),
    )
)
"""The first lines of a file that may use every rule."""


@lru_cache(maxsize=1)
def _validate_set() -> bytes:
    files: dict[str, bytes] = {}

    def visit(file: Any) -> None:
        for imported in file.dependencies:
            visit(imported)
        files.setdefault(file.name, file.proto.to_binary())

    visit(validate_pb.FieldRules.desc().file)
    return FileDescriptorSet(file=map(FileDescriptorProto.FromString, files.values())).SerializeToString()


@lru_cache(maxsize=64)
def ruled_set(source: str) -> bytes:
    """Compiles proto source text that imports buf/validate/validate.proto.

    Raises:
        AssertionError: protoc does not take the source; it has said why on stderr.
    """
    with TemporaryDirectory() as directory:
        place = Path(directory)
        (place / "test.proto").write_text(source)
        (place / "validate.binpb").write_bytes(_validate_set())
        own = Path(grpc_tools.__file__).parent / "_proto"
        out = place / "out.binpb"
        flags = [f"--descriptor_set_in={place / 'validate.binpb'}", f"--descriptor_set_out={out}"]
        flags += ["--include_imports", "--include_source_info", f"-I{place}", f"-I{own}"]
        if protoc.main(["protoc", *flags, "test.proto"]):
            raise AssertionError("protoc refuses test.proto; see stderr")
        return out.read_bytes()


def ruled(source: str, json_names: JsonNames = "proto") -> Descriptors:
    """The descriptors of messages that may use every rule."""
    return Descriptors(ruled_set(HEAD + source), json_names)


def reference(message: Any) -> list[str]:
    """The places that protovalidate's own library finds something wrong at, as dotted paths."""
    violations = _validator(message.DESCRIPTOR.file.pool).collect_violations(message)
    return [_dotted(each.proto.field) for each in violations]


@lru_cache(maxsize=8)
def _validator(pool: Any) -> protovalidate.Validator:
    # A validator knows types by name, and contracts of tests share names.
    return protovalidate.Validator()


def _dotted(path: Any) -> str:
    return ".".join(_element(each) for each in path.elements) if path else ""


def _element(element: Any) -> str:
    if element.subscript is None:
        return str(element.field_name)
    value = element.subscript.value
    shown = f'"{value}"' if element.subscript.field == "string_key" else str(value).lower()
    return f"{element.field_name}[{shown}]"
