"""A contract whose documents have everything that generators and validators stumble over."""

from __future__ import annotations

from tests.contract.everything import EVERYTHING, OLD
from tests.support.protos import HEAD, descriptor_set

_OTHER = (
    "other.proto",
    """syntax = "proto3";
package other.v1;
// Called like a message of another package.
message Tick { string only_here = 1; repeated Tick ticks = 2; }
""",
)

_SOURCE = f"""{HEAD}
import "google/api/httpbody.proto";
import "old.proto";
import "other.proto";
// Says "quotes", `ticks`, \\ and <b>angles</b> & more.
service WatchService {{
  rpc Watch(WatchRequest) returns (stream WatchResponse) {{
    option (google.api.http) = {{get: "/v1/watch/{{id}}/{{number}}"}};
    option (gateway.sse.v1.stream) = {{delivery: DELIVERY_SHARED}};
  }}
  // Sends whole responses, as unnamed events.
  rpc WatchWhole(Empty) returns (stream Whole) {{ option (google.api.http) = {{get: "/v1/whole"}}; }}
  rpc WatchTree(Empty) returns (stream TreeResponse) {{ option (google.api.http) = {{get: "/v1/tree"}}; }}
}}
// Asked once, in every way that HTTP knows.
service ShelfService {{
  rpc GetShelf(ShelfName) returns (Shelf) {{ option (google.api.http) = {{
    get: "/v1/{{name=shelves/*}}"
    additional_bindings {{get: "/v1/{{name=rooms/*/shelves/**}}"}}
    additional_bindings {{get: "/v1/shelf/{{name=**}}:get"}}
    additional_bindings {{custom: {{kind: "HEAD", path: "/v1/{{name=shelves/*}}"}}}}
    additional_bindings {{custom: {{kind: "LOCK", path: "/v1/{{name=shelves/*}}"}}}}
    additional_bindings {{custom: {{kind: "*", path: "/v1/any/{{name}}"}}}}
  }}; }}
  rpc PutShelf(ShelfRequest) returns (Shelf) {{ option (google.api.http) = {{
    put: "/v1/shelves/{{shelf.name}}" body: "*"
    additional_bindings {{put: "/v2/shelves/{{shelf.name}}" body: "shelf"}}
    additional_bindings {{patch: "/v1/shelves/{{shelf.name}}" body: "shelf"}}
    additional_bindings {{patch: "/v2/shelves/{{tag}}" body: "*"}}
    additional_bindings {{post: "/v1/any/{{tag}}" body: "tags"}}
    additional_bindings {{custom: {{kind: "*", path: "/v2/any/{{tag}}"}} body: "tags"}}
    additional_bindings {{post: "/v1/tag" body: "tag"}}
    additional_bindings {{post: "/v1/sizes" body: "sizes"}}
    additional_bindings {{post: "/v1/tree" body: "tree"}}
    additional_bindings {{post: "/v1/every" body: "every"}}
    additional_bindings {{post: "/v1/all" body: "*"}}
  }}; }}
  rpc DeleteShelf(ShelfName) returns (google.protobuf.Empty) {{ option (google.api.http) = {{
    delete: "/v1/shelves/{{name}}" body: "*"
    additional_bindings {{delete: "/v1/*/old/**"}}
  }}; }}
  rpc Rest(ShelfName) returns (Shelf) {{
    option (google.api.http) = {{get: "/v1/rest/{{name=**}}" response_body: "tags"}};
  }}
  rpc One(ShelfName) returns (Shelf) {{
    option (google.api.http) = {{get: "/v1/rest/{{name}}" response_body: "name"}};
  }}
  rpc Upload(UploadRequest) returns (google.api.HttpBody) {{
    option (google.api.http) = {{post: "/v1/raw/{{name}}" body: "file"}};
  }}
  rpc Echo(google.api.HttpBody) returns (google.api.HttpBody) {{
    option (google.api.http) = {{post: "/v1/raw" body: "*"}};
  }}
  // Answers a stream of requests with a stream.
  rpc Talk(stream ShelfRequest) returns (stream Shelf) {{
    option (google.api.http) = {{post: "/v1/talk" body: "*"}};
  }}
  rpc Plain(ShelfRequest) returns (stream Shelf);
  rpc Chunks(ShelfName) returns (stream google.api.HttpBody) {{ option (google.api.http) = {{get: "/v1/chunks"}}; }}
}}
message ShelfName {{
  string name = 1; repeated string tag = 2; google.protobuf.Timestamp after = 3; Shelf below = 4;
}}
message ShelfRequest {{
  Shelf shelf = 1 [(google.api.field_behavior) = REQUIRED];
  string tag = 2;
  repeated string tags = 3;
  map<int32, double> sizes = 4;
  Tree tree = 5;
  Everything every = 6;
  int64 newest = 7 [(gateway.sse.v1.parameter) = {{minimum: 1, maximum: 9, default: "5"}}];
  oneof one {{ string left = 8; Color right = 9; }}
}}
message Shelf {{
  string name = 1 [(google.api.field_behavior) = REQUIRED];
  repeated string tags = 2;
  Shelf above = 3;
  google.protobuf.Timestamp made_at = 4 [(google.api.field_behavior) = REQUIRED];
}}
message UploadRequest {{ string name = 1; google.api.HttpBody file = 2; }}
// Has a method of the same name as another service.
service OtherService {{
  rpc Watch(Empty) returns (stream TreeResponse) {{ option (google.api.http) = {{get: "/v1/other"}}; }}
}}
message Empty {{}}
message Whole {{ Everything everything = 1; repeated other.v1.Tick ticks = 2; map<int32, Tree> trees = 3; }}
message WatchRequest {{
  string id = 1;
  int64 number = 2;
  repeated Color color = 3;
  repeated string name = 4 [(gateway.sse.v1.parameter).default = "a"];
  double at_least = 5;
  bool on = 6;
}}
message WatchResponse {{
  oneof event {{
    Everything everything = 1;
    Tick tick = 2;
    other.v1.Tick other_tick = 3;
    Outer.Tick inner_tick = 4;
    Tick error = 5;
    Tick same_payload = 6 [(gateway.sse.v1.event).name = "same.payload:other-name"];
    google.protobuf.Timestamp stamp = 7;
    google.protobuf.Struct free = 8;
    google.protobuf.Empty nothing = 9;
    google.protobuf.Int64Value wrapped = 10;
  }}
}}
message TreeResponse {{ oneof event {{ Tree tree = 1; Left left = 2; }} }}
// A tree of maps of trees.
message Tree {{
  map<string, Tree> children = 1;
  oneof value {{ Tree only = 2; Left left = 3; }}
  oneof mark {{ string name = 4; int64 number = 5; bool flag = 6; Color color = 7; }}
}}
// Comes back by way of another message.
message Left {{ Right right = 1; }}
message Right {{ repeated Left left = 1; oneof one {{ string alone = 2; }} }}
message Tick {{ string id = 1; int32 count = 2; }}
message Outer {{ message Tick {{ bytes raw = 1; }} }}
{EVERYTHING}
"""


def adversarial_descriptor_set() -> bytes:
    """Recursion, maps, every type, nested oneofs, unnamed events, one payload under two names, names used twice.

    And every HTTP method, every form of path, every kind of body, several bindings of one method.
    """
    return descriptor_set(_SOURCE, OLD, _OTHER)
