"""Contracts that others have published: where they are from, and what of them cannot be served."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from google.longrunning import operations_pb2
from google.protobuf.descriptor import FileDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_health.v1 import health_pb2
from grpc_reflection.v1alpha import reflection_pb2

from gateway.contract.contract import Contract, compile_contract
from gateway.contract.sets.merging import DescriptorSet, merged
from gateway.web.application import OWN_PATHS

_FILES = Path(__file__).parent / "contracts"
_INSTALLED = {
    "grpc-health": health_pb2.DESCRIPTOR,
    "grpc-reflection": reflection_pb2.DESCRIPTOR,
    "google-longrunning": operations_pb2.DESCRIPTOR,
}


@dataclass(frozen=True)
class Public:
    """One published contract."""

    name: str
    """Its descriptor set in `contracts/`, or what an installed package holds."""
    left_out: dict[str, str] = field(default_factory=dict)
    """By method that cannot be served, a part of the reason."""

    @cached_property
    def set(self) -> FileDescriptorSet:
        """Its files with those that they import."""
        return merged([DescriptorSet(self.name, self._data())])

    @cached_property
    def contract(self) -> Contract:
        """Compiled, without what cannot be served."""
        return compile_contract(self.set.SerializeToString(), OWN_PATHS, keep_going=bool(self.left_out))

    def _data(self) -> bytes:
        if self.name in _INSTALLED:
            return FileDescriptorSet(file=[_proto(_INSTALLED[self.name])]).SerializeToString()
        return (_FILES / f"{self.name}.binpb").read_bytes()


def _proto(file: FileDescriptor) -> FileDescriptorProto:
    return FileDescriptorProto.FromString(file.serialized_pb)


_NOT_LAST = "expected ':' or the end"
"""`**` may only be the last segment (google/api/http.proto); Bazel and Firestore have it elsewhere all the same."""
_REPEATED = "must be a single scalar"
"""A field in a path must not be repeated (google/api/http.proto)."""
_TWICE = "is already that of"
"""Two methods with one path: which of them is meant, nobody can say."""
_REAPI = "build.bazel.remote.execution.v2."
_ASSET = "build.bazel.remote.asset.v1."
_WRITE = "google.cloud.bigquery.storage.v1.BigQueryWrite."

PUBLIC = (
    Public("grpc-health"),
    Public("grpc-reflection"),
    Public("google-longrunning"),
    Public("channelz"),
    Public("etcd", {"etcdserverpb.Maintenance.HashKV": _TWICE}),
    Public("spicedb"),
    Public("armada"),
    Public("containerd"),
    Public("flyte"),
    Public("chirpstack"),
    Public("opentelemetry"),
    Public("temporal"),
    Public("envoy"),
    Public(
        "cosmos",
        {
            "ibc.core.channel.v1.Query.UnreceivedPackets": _REPEATED,
            "ibc.core.channel.v1.Query.UnreceivedAcks": _REPEATED,
        },
    ),
    Public(
        "bazel",
        {
            f"{_REAPI}Execution.Execute": _NOT_LAST,
            f"{_REAPI}ActionCache.GetActionResult": _NOT_LAST,
            f"{_REAPI}ActionCache.UpdateActionResult": _NOT_LAST,
            f"{_REAPI}ContentAddressableStorage.FindMissingBlobs": _NOT_LAST,
            f"{_REAPI}ContentAddressableStorage.BatchUpdateBlobs": _NOT_LAST,
            f"{_REAPI}ContentAddressableStorage.BatchReadBlobs": _NOT_LAST,
            f"{_REAPI}ContentAddressableStorage.GetTree": _NOT_LAST,
            f"{_REAPI}Capabilities.GetCapabilities": _NOT_LAST,
            f"{_ASSET}Fetch.FetchBlob": _NOT_LAST,
            f"{_ASSET}Fetch.FetchDirectory": _NOT_LAST,
            f"{_ASSET}Push.PushBlob": _NOT_LAST,
            f"{_ASSET}Push.PushDirectory": _NOT_LAST,
        },
    ),
    Public("google-pubsub"),
    Public("google-spanner"),
    Public("google-bigtable"),
    Public("google-storage"),
    Public("google-vertex-ai"),
    Public(
        "google-firestore",
        {
            "google.firestore.v1.Firestore.ListDocuments": _NOT_LAST,
            "google.firestore.v1.Firestore.CreateDocument": _NOT_LAST,
            "google.firestore.v1.BatchGetDocumentsResponse.missing": "a scalar cannot be an event",
            "google.firestore.v1.RunQueryResponse.done": "a scalar cannot be an event",
        },
    ),
    Public(
        "google-bigquery-storage",
        {
            "google.cloud.bigquery.storage.v1.BigQueryRead.ReadRows": "has several oneofs (rows, schema)",
            f"{_WRITE}CreateWriteStream": _TWICE,
            f"{_WRITE}GetWriteStream": _TWICE,
            f"{_WRITE}FinalizeWriteStream": _TWICE,
            f"{_WRITE}FlushRows": _TWICE,
        },
    ),
)
