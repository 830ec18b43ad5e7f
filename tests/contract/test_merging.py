"""Several descriptor sets become one, or an error says where they contradict each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from google.protobuf import timestamp_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from gateway.contract.descriptors import Descriptors
from gateway.contract.sets.merging import DescriptorSet, merged, overlaid
from gateway.errors import ContractError, Problem
from tests.support.protos import FILE, HEAD, descriptor_set

TIMESTAMP = "google/protobuf/timestamp.proto"
IMPORT = 'import "google/protobuf/type.proto";'
SOURCE = """
message Request { string id = 1; Kind kind = 2; oneof choice { string left = 3; } }
message Response { string some_text = 1; }
enum Kind { KIND_NONE = 0; KIND_SOME = 1; }
service Watch { rpc Watch(Request) returns (stream Response); }
"""


def both(one: str, other: str, named: str = FILE) -> FileDescriptorSet:
    """Two sources as two sets, merged."""
    sets = descriptor_set(HEAD + one), descriptor_set(HEAD + other, named=named)
    return merged(map(DescriptorSet, ("one.binpb", "other.binpb"), sets))


def problems_of(call: Callable[[], object]) -> tuple[Problem, ...]:
    """What the error says."""
    with pytest.raises(ContractError) as caught:
        call()
    return caught.value.problems


def file_of(files: FileDescriptorSet, name: str) -> FileDescriptorProto:
    """The one file of a name."""
    (file,) = [file for file in files.file if file.name == name]
    return file


def test_files_of_several_sets_stand_in_one() -> None:
    """Each once, also the imports that both sets carry."""
    files = both("message A {}", "message B {}", named="other.proto")
    names = [file.name for file in files.file]
    assert len(names) == len(set(names))
    assert {FILE, "other.proto"} <= set(names)
    assert Descriptors(files.SerializeToString()).pool.FindMessageTypeByName("test.B")


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_equal_files_the_one_with_comments_is_taken(order: int) -> None:
    """Whichever set is named first."""
    commented = DescriptorSet("a", descriptor_set(HEAD + "// Told.\nmessage A {}"))
    bare = DescriptorSet("b", descriptor_set(HEAD + "// Told.\nmessage A {}", source_info=False))
    files = merged([commented, bare][::order])
    assert file_of(files, FILE).source_code_info.location


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        pytest.param("string id = 1", "int32 id = 1", "test.Request.id", id="another type of a field"),
        pytest.param("string id = 1", "string id = 4", "test.Request.id", id="another number of a field"),
        pytest.param("string id = 1;", "", "test.Request.id", id="a field that only the first has"),
        pytest.param("text = 1;", "text = 1; int32 n = 2;", "test.Response.n", id="a field that only the second has"),
        pytest.param("KIND_SOME = 1", "KIND_SOME = 2", "test.Kind.KIND_SOME", id="a value of an enum"),
        pytest.param("(Request) returns", "(Response) returns", "test.Watch.Watch", id="a method's request"),
        pytest.param("Response);", "Response) {option deprecated = true;}", "test.Watch.Watch", id="a method's option"),
        pytest.param("choice {", "other {", "test.Request.choice", id="a oneof"),
        pytest.param("enum Kind", "message More {} enum Kind", "test.More", id="a message"),
        pytest.param("message Request", 'option go_package = "x";message Request', "its options", id="a file's option"),
        pytest.param("message Request", f"{IMPORT}message Request", "its imports", id="an import"),
    ],
)
def test_two_files_of_one_name_and_other_contents_are_refused(old: str, new: str, where: str) -> None:
    """The problem names the file, both sets, and what differs first."""
    assert SOURCE.count(old) == 1
    (problem,) = problems_of(lambda: both(SOURCE, SOURCE.replace(old, new)))
    assert problem.file == FILE
    sets = "is in one.binpb and, with other contents, in other.binpb"
    assert problem.reason == f"{sets}; they differ first in {where}"


def test_names_that_a_field_has_anyway_are_no_difference() -> None:
    """Generated Python code leaves `json_name` out, and so does what it tells by reflection."""
    files = FileDescriptorSet.FromString(descriptor_set(HEAD + SOURCE, imports=False))
    bare = FileDescriptorSet.FromString(files.SerializeToString())
    for message in bare.file[0].message_type:
        for field in message.field:
            field.ClearField("json_name")
    assert bare != files
    named = zip("ab", (files, bare), strict=True)
    assert merged(DescriptorSet(name, each.SerializeToString()) for name, each in named)


def test_a_json_name_of_its_own_is_a_difference() -> None:
    """It stands on the wire where names are camel case."""
    changed = SOURCE.replace("some_text = 1", 'some_text = 1 [json_name = "txt"]')
    assert "test.Response.some_text" in problems_of(lambda: both(SOURCE, changed))[0].reason


@pytest.mark.parametrize("order", [1, -1])
def test_of_two_versions_of_a_well_known_file_the_larger_is_taken(order: int) -> None:
    """Sets from two compilers differ in google/protobuf/descriptor.proto, which only ever grows."""
    files = FileDescriptorSet.FromString(descriptor_set(HEAD))
    older = FileDescriptorSet.FromString(files.SerializeToString())
    dropped = file_of(older, "google/protobuf/descriptor.proto").enum_type.pop()
    named = [DescriptorSet(name, each.SerializeToString()) for name, each in (("a", files), ("b", older))]
    taken = file_of(merged(named[::order]), "google/protobuf/descriptor.proto")
    assert dropped.name in {enum.name for enum in taken.enum_type}


def test_one_symbol_in_two_files_is_refused() -> None:
    """As when one file was built from two import roots."""
    (problem,) = problems_of(lambda: both("message A {}", "message A {}", named="other.proto"))
    assert problem.file == "other.proto of other.binpb"
    assert problem.reason.startswith(f"defines test.A, which {FILE} of one.binpb defines as well")


def test_every_contradiction_is_told() -> None:
    """One start shows them all."""
    sets = [
        DescriptorSet("a", descriptor_set(HEAD + "message A {}")),
        DescriptorSet("rubbish", b"\xff\xfe"),
        DescriptorSet("b", descriptor_set(HEAD + "message B {}")),
        DescriptorSet("nothing", b""),
    ]
    reasons = [str(problem) for problem in problems_of(lambda: merged(sets))]
    assert [reason.partition(":")[0] for reason in reasons] == ["rubbish", FILE, "nothing"]
    assert "not a FileDescriptorSet" in reasons[0]
    assert "empty: expected the output of `buf build`" in reasons[2]


def test_a_set_without_its_well_known_imports_is_completed() -> None:
    """`protoc` without --include_imports is enough for a contract that imports nothing of its own."""
    files = merged([DescriptorSet("a", descriptor_set(HEAD + SOURCE, imports=False))])
    assert {"gateway/sse/v1/options.proto", "google/api/http.proto", TIMESTAMP} <= {each.name for each in files.file}
    assert Descriptors(files.SerializeToString()).extension("google.api.http") is not None


def test_a_file_that_only_googleapis_has_is_known_too() -> None:
    """google/type/money.proto is not in the shipped set."""
    source = 'syntax = "proto3"; import "google/type/money.proto"; message A { google.type.Money price = 1; }'
    files = merged([DescriptorSet("a", descriptor_set(source, imports=False))])
    assert Descriptors(files.SerializeToString()).pool.FindMessageTypeByName("google.type.Money")


@pytest.mark.parametrize("name", ["mine/own.proto", "google/cloud/own.proto", "google/api/own.proto"])
def test_an_import_that_nobody_knows_is_still_missing(name: str) -> None:
    """The error says which, and what to do."""
    file = FileDescriptorProto(name="a.proto", dependency=[name])
    files = merged([DescriptorSet("a", FileDescriptorSet(file=[file]).SerializeToString())])
    (problem,) = problems_of(lambda: Descriptors(files.SerializeToString()))
    assert problem.reason == f"import {name!r} is missing; build the set with its imports"


def test_a_chain_of_imports_may_be_longer_than_the_stack() -> None:
    """A backend that tells of 3000 files, each importing the next, is no recursion."""
    chain = [FileDescriptorProto(name=f"{at}.proto", dependency=[f"{at + 1}.proto"]) for at in range(3000)]
    chain.append(FileDescriptorProto(name="3000.proto"))
    pool = Descriptors(FileDescriptorSet(file=chain).SerializeToString()).pool
    assert pool.FindFileByName("0.proto").dependencies[0].name == "1.proto"


def test_a_reflected_file_gives_way_to_a_given_one() -> None:
    """The given one has the comments; what only the backend tells is added."""
    given = merged([DescriptorSet("a", descriptor_set(HEAD + "// Told.\nmessage A {}"))])
    bare = descriptor_set(HEAD + "message A {}", source_info=False, imports=False)
    more = descriptor_set(HEAD + "message B {}", named="other.proto", imports=False)
    reflected = FileDescriptorSet.FromString(bare + more)
    files = overlaid(given, reflected, "backend:1")
    assert file_of(files, FILE).source_code_info.location
    assert file_of(files, "other.proto").message_type[0].name == "B"


def test_a_reflected_file_of_the_gateway_gets_its_comments() -> None:
    """Backends tell no comments; the shipped file has them."""
    reflected = FileDescriptorSet.FromString(descriptor_set(HEAD, source_info=False))
    files = overlaid(FileDescriptorSet(), reflected, "backend:1")
    assert file_of(files, "gateway/sse/v1/options.proto").source_code_info.location


def test_a_reflected_symbol_that_a_given_file_has_under_another_name_is_refused() -> None:
    """The problem names the backend."""
    given = merged([DescriptorSet("a", descriptor_set(HEAD + "message A {}"))])
    other = FileDescriptorSet.FromString(descriptor_set(HEAD + "message A {}", named="other.proto", imports=False))
    (problem,) = problems_of(lambda: overlaid(given, other, "backend:1"))
    assert problem.file == "other.proto of backend:1"


def test_a_well_known_file_without_comments_is_what_protobuf_carries() -> None:
    """Of equal copies without comments any will do; nothing is invented."""
    files = merged([DescriptorSet("a", descriptor_set(HEAD, imports=False))])
    taken = FileDescriptorProto()
    taken.CopyFrom(file_of(files, TIMESTAMP))
    assert [each.name for each in taken.message_type] == list(timestamp_pb2.DESCRIPTOR.message_types_by_name)
