"""The contracts that both sides get."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from tests.support.protos import descriptor_set

SERVICES = tuple(f"conformance.{name}" for name in ("Paths", "Overlaps", "Bodies", "Queries"))
"""Of `binding.proto`."""
TEMPLATE_SERVICE = "conformance.Template"
"""Of `template_contract`."""


@lru_cache(1)
def contract() -> bytes:
    """The descriptor set of `binding.proto`."""
    source = Path(__file__).with_name("binding.proto").read_text()
    return descriptor_set(source, named="binding.proto")


def template_contract(text: str) -> bytes:
    """The descriptor set of one method with a path template."""
    return descriptor_set(
        'syntax = "proto3"; package conformance; import "google/api/annotations.proto";'
        f"service Template {{ rpc Get(Request) returns (Answer) {{"
        f"  option (google.api.http) = {{get: {json.dumps(text, ensure_ascii=False)}}}; }} }}"
        "message Request { string a = 1; string b = 2; Message m = 3; Message n = 4; }"
        "message Message { string a = 1; string b = 2; }"
        "message Answer {}",
        named="template.proto",
    )
