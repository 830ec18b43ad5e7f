"""A contract that a page has a hard time with: markup in every text, types in circles, long names, many methods."""

from __future__ import annotations

from tests.support.protos import HEAD, descriptor_set

METHODS = 52
"""How many methods it has."""
MARKUP = "<script>window.stolen = 1</script><img src=x onerror='window.stolen = 2'>"
_LONG = "a_field_with_a_name_that_goes_on_" + "and_on_" * 15
_UNBROKEN = "x" * 150

_MESSAGES = f"""
// Left and right: {MARKUP}
message Node {{
  // {MARKUP} `{MARKUP}`
  // - one {_UNBROKEN}
  // - two
  //   Example: {MARKUP}
  string text = 1;
  Node self = 2;
  repeated Node many = 3;
  map<string, Other> others = 4;
  oneof side {{ Node left = 5; string right = 6; }}
  Strange strange = 7;
  double number = 8;
  google.protobuf.Any any = 9;
  google.protobuf.Value value = 10;
  string {_LONG} = 11;
  string {_UNBROKEN} = 12;
}}
message Other {{ Node node = 1; Other other = 2; }}
enum Strange {{
  STRANGE_NOTHING = 0;
  STRANGE_MARKUP = 1 [(gateway.sse.v1.json) = "<script>window.stolen = 3</script>"];
}}
message Request {{
  // {MARKUP}
  string name = 1;
  Strange strange = 2;
  repeated int32 numbers = 3;
  bool flag = 4;
}}
message Events {{
  oneof event {{
    // {MARKUP}
    Node first = 1;
    Other second = 2 [(gateway.sse.v1.event) = {{name: "odd:name.with-all_1"}}];
    google.protobuf.StringValue text = 3;
    google.protobuf.ListValue list = 4;
    google.protobuf.Empty nothing = 5;
    google.protobuf.Struct free = 6;
  }}
}}
message Nothing {{}}
message Plain {{ string text = 1; }}
"""


def _method(number: int) -> str:
    return (
        f"// Watches {MARKUP}.\n//\n// - a list {_UNBROKEN}\n"
        f"rpc Watch{number}(Request) returns (stream Events) {{\n"
        f'  option (google.api.http) = {{get: "/v1/{number}/{{name}}/events"}};\n}}\n'
    )


def hostile_contract() -> bytes:
    """Its descriptor set."""
    methods = "".join(_method(number) for number in range(METHODS - 3))
    unnamed = 'rpc Unnamed(Nothing) returns (stream Plain) { option (google.api.http) = {get: "/v1/unnamed"}; }'
    asked = (
        f"// Writes {MARKUP}.\nrpc Write(Node) returns (Node) {{ option (google.api.http) = "
        '{put: "/v1/nodes/{text}" body: "*"}; }\n'
        "rpc Follow(Request) returns (stream Plain) { option (google.api.http) = "
        '{post: "/v1/follow/{name=**}" body: "*"}; }\n'
    )
    return descriptor_set(f"{HEAD}{_MESSAGES}\n// {MARKUP}\nservice HostileService {{\n{methods}{unnamed}{asked}\n}}\n")
