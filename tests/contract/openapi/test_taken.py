"""What the schemas of bodies allow, held against what is read."""

from __future__ import annotations

import json
from functools import lru_cache
from random import Random
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from gateway.contract.contract import Contract, compile_contract
from gateway.contract.descriptors import message_class
from gateway.errors import ParametersError
from tests.contract.everything import EVERYTHING, OLD, random_message
from tests.support.documents import document
from tests.support.protos import HEAD, descriptor_set, proto_class

MESSAGES = 300


@lru_cache(maxsize=1)
def echoing() -> tuple[bytes, Contract]:
    """A contract that answers with what it is asked with: a message with every kind of field."""
    echo = 'rpc Echo(Holder) returns (Holder) { option (google.api.http) = {post: "/v1/e" body: "*"}; }'
    source = (
        f'{HEAD}import "old.proto";\nservice EchoService {{ {echo} }}\n'
        f"message Holder {{ Everything all = 1; }}\n{EVERYTHING}"
    )
    files = descriptor_set(source, OLD)
    return files, compile_contract(files)


@lru_cache(maxsize=1)
def validator() -> Draft202012Validator:
    """Of the documented body."""
    content = document(echoing()[1])
    schema = content["paths"]["/v1/e"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return Draft202012Validator({**schema, "components": content["components"]}, validate_formats=True)


def test_what_is_sent_fits_what_is_documented_as_taken() -> None:
    """Random messages with every kind of field: their JSON is a documented body, and comes back when it is sent.

    But for what nobody is told to send: see `told`.
    """
    files, contract = echoing()
    (route,) = contract.unary
    holder = proto_class(files, "test.Holder")
    kind = message_class(holder.DESCRIPTOR.fields_by_name["all"].message_type)
    for seed in range(MESSAGES):
        message = holder(all=random_message(kind, Random(seed)))  # noqa: S311 - the same in every run
        content = told(json.loads(route.reply(message.SerializeToString()).body))
        assert [str(each) for each in validator().iter_errors(content)] == [], seed
        bound = route.bind({}, [], body=("application/json", json.dumps(content).encode()))
        assert json.loads(route.reply(bound.request).body) == content, seed


def told(content: Any, key: str = "") -> Any:
    """A copy without what is sent and not told to be taken: see `newer`."""
    if isinstance(content, dict):
        # The keys of a map are no fields.
        of = key.removesuffix("_values") if key.endswith("_values") else ""
        left = {name: told(each, of or name) for name, each in content.items() if not newer(each, of or name)}
        # A list or a map of which nothing is left is an absent one.
        return {name: each for name, each in left.items() if each not in ([], {}) or content[name] == each}
    return [told(each, key) for each in content if not newer(each, key)] if isinstance(content, list) else content


def newer(content: Any, field: str) -> bool:
    """True for the number of an enum, an `Any` of no type, and a list of nulls: protobuf reads none."""
    number = isinstance(content, int) and not isinstance(content, bool)
    enum = field.startswith("color") or field in ("closed", "many_closed", "late")
    return (number and enum) or (field.startswith("Any_") and content == {}) or field == "null_repeated"


REFUSED = [
    pytest.param({"unknown": 1}, id="an unknown key"),
    pytest.param({"int32_implicit": 2**31}, id="a number that its type cannot hold"),
    pytest.param({"uint32_repeated": [-1]}, id="a number of a list"),
    pytest.param({"int32_values": {"a": 2**31}}, id="a number of a map"),
    pytest.param({"float_implicit": 1e39}, id="a number that 32 bits cannot hold"),
    pytest.param({"bytes_implicit": "a*"}, id="bytes that are no base64"),
    pytest.param({"bool_keys": {"yes": ""}}, id="a key of a map that its type cannot hold"),
    pytest.param({"int32_keys": {"x": ""}}, id="a key of a map that is no number"),
    pytest.param({"uint64_keys": {"-1": ""}}, id="a key of a map that is below 0"),
    pytest.param({"color_implicit": "NO_COLOR"}, id="a name that the enum lacks"),
    pytest.param({"Any_one": {"value": 1}}, id="an Any of no type"),
    pytest.param({"Int32Value_one": 2**31}, id="a wrapped number"),
    pytest.param({"choice_text": "", "choice_flag": True}, id="two members of a oneof"),
    pytest.param({"itself": {"itself": {"unknown": 1}}}, id="an unknown key further down"),
    pytest.param({"old": {"Group": {"unknown": 1}}}, id="an unknown key in a group"),
]


@pytest.mark.parametrize("content", REFUSED)
def test_what_the_schema_refuses_is_refused(content: Any) -> None:
    """By both, each for itself."""
    body = {"all": content}
    assert not validator().is_valid(body)
    with pytest.raises(ParametersError):
        echoing()[1].unary[0].bind({}, [], body=("application/json", json.dumps(body).encode()))
