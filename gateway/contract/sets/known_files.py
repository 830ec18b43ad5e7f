"""Proto files that many contracts import and that a descriptor set need not carry: the gateway knows them."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from gateway.contract.sets.shipped import shipped_descriptor_set

_GOOGLE = re.compile(r"google/(protobuf|api|rpc|type|longrunning)/[a-z0-9_]+\.proto")


def known_file(name: str) -> FileDescriptorProto | None:
    """A file of the shipped set, or of those that protobuf and googleapis-common-protos carry; None for any other."""
    return shipped_files().get(name) or _installed(name)


@cache
def shipped_files() -> dict[str, FileDescriptorProto]:
    """The files of the shipped descriptor set by name, with their comments."""
    return {file.name: file for file in FileDescriptorSet.FromString(shipped_descriptor_set()).file}


@cache
def _installed(name: str) -> FileDescriptorProto | None:
    if not _GOOGLE.fullmatch(name):
        return None
    module = name.removesuffix(".proto").replace("/", ".") + "_pb2"
    try:
        return FileDescriptorProto.FromString(import_module(module).DESCRIPTOR.serialized_pb)
    except ImportError:
        return None
