"""Files that do not import what they use."""

from __future__ import annotations

from google.protobuf.descriptor_pb2 import DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet

from gateway.contract.descriptors import Descriptors
from gateway.contract.sets.linking import linked
from gateway.contract.sets.merging import completed
from tests.support.protos import FILE, HEAD, descriptor_set

SOURCE = HEAD + (
    'import "beside.proto";\n'
    "service One { rpc Watch(Asked) returns (stream beside.Told); }\n"
    "message Asked { google.protobuf.Timestamp at = 1; beside.Told.Kind kind = 2; Inner inner = 3; message Inner {} }\n"
)
BESIDE = 'syntax = "proto3"; package beside; message Told { Kind kind = 1; enum Kind { NONE = 0; } }'
MESSAGE = FieldDescriptorProto.TYPE_MESSAGE


def told() -> dict[str, FileDescriptorProto]:
    """Two files as protoc makes them."""
    files = FileDescriptorSet.FromString(descriptor_set(SOURCE, ("beside.proto", BESIDE), imports=True)).file
    return {file.name: file for file in files if file.name in (FILE, "beside.proto")}


def without_imports() -> dict[str, FileDescriptorProto]:
    """The same with no imports and with names as they would be written in their place, as Node tells them."""
    files = told()
    files[FILE].ClearField("dependency")
    (asked,) = files[FILE].message_type
    for field in asked.field:
        field.type_name = field.type_name.removeprefix(".test.Asked.").removeprefix(".")
    return files


def a_file(name: str, package: str, *messages: DescriptorProto) -> FileDescriptorProto:
    """A file of some messages."""
    return FileDescriptorProto(name=name, package=package, syntax="proto3", message_type=messages)


def test_files_that_import_what_they_use_stay_as_they_are() -> None:
    """The very same objects."""
    files = told()
    made = linked(files)
    assert made.missing == {}
    assert all(made.files[name] is file for name, file in files.items())


def test_what_a_file_uses_is_imported_from_where_it_is_defined() -> None:
    """From another file, or from one that the gateway knows; then it is a contract."""
    made = linked(without_imports())
    assert made.missing == {}
    assert list(made.files[FILE].dependency) == ["beside.proto", "google/protobuf/timestamp.proto"]
    whole = completed(FileDescriptorSet(file=made.files.values()))
    asked = Descriptors(whole.SerializeToString()).pool.FindMessageTypeByName("test.Asked")
    assert [getattr(each.message_type or each.enum_type, "full_name", "") for each in asked.fields] == [
        "google.protobuf.Timestamp",
        "beside.Told.Kind",
        "test.Asked.Inner",
    ]


def test_a_well_known_type_is_taken_from_its_own_file() -> None:
    """Another file that defines it too loses it; what only that file defines stays there."""
    strange = a_file(
        "google_protobuf.proto", "google.protobuf", DescriptorProto(name="Timestamp"), DescriptorProto(name="Own")
    )
    made = linked({**without_imports(), strange.name: strange})
    assert [each.name for each in made.files[strange.name].message_type] == ["Own"]
    assert "google/protobuf/timestamp.proto" in made.files[FILE].dependency
    assert [each.name for each in strange.message_type] == ["Timestamp", "Own"]


def test_a_name_is_looked_for_from_the_inside_to_the_outside() -> None:
    """As in a proto file: `Told` beside a message is meant before `Told` of the package around it."""
    field = FieldDescriptorProto(name="told", number=1, type=MESSAGE, type_name="Told", label=1)
    inner = a_file("inner.proto", "one.two", DescriptorProto(name="Uses", field=[field]))
    near, far = (
        a_file("near.proto", "one.two", DescriptorProto(name="Told")),
        a_file("far.proto", "one", DescriptorProto(name="Told")),
    )
    files = {each.name: each for each in (far, near, inner)}
    assert list(linked(files).files["inner.proto"].dependency) == ["near.proto"]
    del files["near.proto"]
    assert list(linked(files).files["inner.proto"].dependency) == ["far.proto"]


def test_types_that_no_file_defines_are_told() -> None:
    """By the file that uses them."""
    files = without_imports()
    del files["beside.proto"]
    assert linked(files).missing == {FILE: ("beside.Told", "beside.Told.Kind")}
