"""Comments and places of a contract's elements."""

from __future__ import annotations

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from gateway.contract.source import Place, SourceMap
from tests.support.protos import FILE, HEAD, descriptor_set

EVENT, STREAM, PARAMETER, SPELLING = 71501, 71501, 71502, 71501
SOURCE = """// Not of anything.

// Watches
//   what happens.
//
//   And tells:
//   - one thing
//     or so
//   - another.
service WatchService {
  // Watches one.
  rpc Watch(Request) returns (stream Outer) {
    option deprecated = false;
    option (gateway.sse.v1.stream) = {
      delivery: DELIVERY_SHARED
    };
  }
  rpc Other(Request) returns (stream Outer) {
    option (gateway.sse.v1.stream).bookmarks = true;
  }
}

/* What is
 * asked. */
message Request {
  // Detached: an empty line follows.

  string bare = 1;
  // Who.
  string who = 2 [
    deprecated = true,
    (gateway.sse.v1.parameter).default = "x"
  ]; // Trailing: of no interest.
  // Which.
  int32 size = 3 [
    (gateway.sse.v1.parameter) = {minimum: 1}
  ];
}
// Outside.
message Outer {
  // Inside.
  message Inner {
    // Deep.
    string deep = 1;
    // Deep kinds.
    enum Kind {
      // None of them.
      KIND_NONE = 0;
    }
  }
  oneof event {
    // A member.
    Inner inner = 1 [
      (gateway.sse.v1.event).terminal = true
    ];
  }
  // A map.
  map<string, Inner> by_name = 2;
}
// Levels.
enum Level {
  // The first.
  LEVEL_A = 0;
  LEVEL_B = 1;
}
"""
TEXT = HEAD + SOURCE


@pytest.fixture(scope="module")
def source() -> SourceMap:
    """The map of SOURCE and all that it imports."""
    return SourceMap(FileDescriptorSet.FromString(descriptor_set(TEXT)).file)


@pytest.mark.parametrize(
    ("element", "comment"),
    [
        pytest.param(
            "test.WatchService",
            "Watches what happens.\n\nAnd tells:\n- one thing or so\n- another.",
            id="lines are joined, paragraphs and items of a list are not",
        ),
        pytest.param("test.WatchService.Watch", "Watches one.", id="a method"),
        pytest.param("test.WatchService.Other", "", id="a method without a comment"),
        pytest.param("test.Request", "What is asked.", id="a block comment"),
        pytest.param("test.Request.bare", "", id="a comment with an empty line behind it belongs to nothing"),
        pytest.param("test.Request.who", "Who.", id="a field; the trailing comment is not its description"),
        pytest.param("test.Outer", "Outside.", id="a message"),
        pytest.param("test.Outer.Inner", "Inside.", id="a nested message"),
        pytest.param("test.Outer.Inner.deep", "Deep.", id="a field of a nested message"),
        pytest.param("test.Outer.Inner.Kind", "Deep kinds.", id="a nested enum"),
        pytest.param("test.Outer.Inner.Kind.KIND_NONE", "None of them.", id="a value of a nested enum"),
        pytest.param("test.Outer.inner", "A member.", id="a member of a oneof"),
        pytest.param("test.Outer.by_name", "A map.", id="a map"),
        pytest.param("test.Level", "Levels.", id="an enum"),
        pytest.param("test.Level.LEVEL_A", "The first.", id="an enum's value"),
        pytest.param("test.Level.LEVEL_B", "", id="an enum's value without a comment"),
        pytest.param("test.Nothing", "", id="no such element"),
    ],
)
def test_a_comment_is_one_paragraph(source: SourceMap, element: str, comment: str) -> None:
    """The comment right above an element, without line breaks and indentation; empty where there is none."""
    assert source.comment(element) == comment


@pytest.mark.parametrize(
    ("element", "option", "starts"),
    [
        pytest.param("test.WatchService", 0, "service WatchService", id="a service"),
        pytest.param("test.WatchService.Watch", 0, "rpc Watch", id="a method"),
        pytest.param("test.WatchService.Watch", STREAM, "option (gateway.sse.v1.stream) =", id="a method's option"),
        pytest.param("test.WatchService.Other", STREAM, "option (gateway.sse.v1.stream).bookmarks", id="a part of it"),
        pytest.param("test.WatchService.Watch", 72295728, "rpc Watch", id="an option that it does not have"),
        pytest.param("test.Request.who", 0, "string who", id="a field"),
        pytest.param("test.Request.who", PARAMETER, "(gateway.sse.v1.parameter).default", id="a part of its option"),
        pytest.param("test.Request.size", PARAMETER, "(gateway.sse.v1.parameter) =", id="a field's option"),
        pytest.param("test.Request.size", EVENT, "int32 size", id="another option than it has"),
        pytest.param("test.Outer.inner", EVENT, "(gateway.sse.v1.event).terminal", id="a member's option"),
        pytest.param("test.Outer.Inner.deep", 0, "string deep", id="a field of a nested message"),
        pytest.param("test.Level", 0, "enum Level", id="an enum"),
        pytest.param("test.Level.LEVEL_B", 0, "LEVEL_B = 1", id="an enum's value"),
    ],
)
def test_a_place_is_where_the_element_or_its_option_starts(
    source: SourceMap, element: str, option: int, starts: str
) -> None:
    """File, line and column as editors count them, from 1."""
    place = source.place(element, option)
    (line,) = [number for number, text in enumerate(TEXT.splitlines(), 1) if text.strip().startswith(starts)]
    assert place == Place(FILE, line, TEXT.splitlines()[line - 1].index(starts) + 1)


def test_an_element_of_an_imported_file_has_that_files_name(source: SourceMap) -> None:
    """A problem may lie in a file that the contract only imports."""
    assert source.place("google.protobuf.Duration.nanos").file == "google/protobuf/duration.proto"


def test_an_element_that_is_nowhere_has_no_place(source: SourceMap) -> None:
    """Asking for it is no error."""
    assert source.place("test.Nothing") == Place("", 0, 0)


def test_without_source_info_a_place_is_the_file(source: SourceMap) -> None:
    """Line and column are 0, which Problem leaves out."""
    bare = SourceMap(FileDescriptorSet.FromString(descriptor_set(TEXT, source_info=False)).file)
    assert bare.place("test.Request.who", PARAMETER) == Place(FILE, 0, 0)
    assert bare.comment("test.Request.who") == ""


def test_a_file_without_a_package_has_its_elements_too() -> None:
    """Full names then have no prefix."""
    text = 'syntax = "proto3";\n// Loose.\nmessage Loose {\n  // It.\n  string it = 1;\n}\n'
    loose = SourceMap(FileDescriptorSet.FromString(descriptor_set(text)).file)
    assert (loose.comment("Loose"), loose.comment("Loose.it")) == ("Loose.", "It.")
    assert loose.place("Loose.it") == Place(FILE, 5, 3)
