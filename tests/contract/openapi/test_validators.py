"""Three validators that know nothing of each other accept the published documents."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator, OpenAPIV32SpecValidator

from gateway.contract.contract import Contract, compile_contract, shipped_descriptor_set
from tests.contract.openapi.adversarial import adversarial_descriptor_set
from tests.contract.openapi.npm import run_tool
from tests.support.documents import document
from tests.support.protos import descriptor_set

Validator = Callable[[Any, Path], list[str]]
Breaking = Callable[[Any], None]

HERE = Path(__file__).parent
VERSIONS = ("3.1", "3.2")
CANCEL = "/api/v1/progress/operations/{id}:cancel"
CONTRACTS: dict[str, Callable[[], bytes | Contract]] = {
    "shipped": shipped_descriptor_set,
    "adversarial": adversarial_descriptor_set,
    "nothing": lambda: descriptor_set('syntax = "proto3";'),
    "adversarial in camel case": lambda: compile_contract(adversarial_descriptor_set(), json_names="camel"),
}
LOGS = "/api/v1/logs/stream"


@lru_cache(maxsize=8)
def published(contract: str, version: str) -> Any:
    """A document; not to be changed."""
    return document(CONTRACTS[contract](), version)


def openapi_spec_validator(content: Any, directory: Path) -> list[str]:
    """What the validator of that name finds."""
    kind = {"3.1.0": OpenAPIV31SpecValidator, "3.2.0": OpenAPIV32SpecValidator}[content["openapi"]]
    return [error.message for error in kind(content).iter_errors()]


def redocly(content: Any, directory: Path) -> list[str]:
    """What `redocly lint` finds, warnings too."""
    file = written(content, directory)
    ran = run_tool("redocly", "lint", "--config", HERE / "redocly.yaml", "--format", "json", file)
    report = json.loads(ran.stdout)
    return [f"{each['ruleId']}: {each['message']}" for each in report["problems"]]


def spectral(content: Any, directory: Path) -> list[str]:
    """What `spectral lint` finds, hints too."""
    file = written(content, directory)
    ran = run_tool("spectral", "lint", "--ruleset", HERE / "spectral.yaml", "--format", "json", "--quiet", file)
    return [f"{each['code']}: {each['message']} {each['path']}" for each in json.loads(ran.stdout)]


def written(content: Any, directory: Path) -> Path:
    """A document as a file, named after its version."""
    file = directory / f"openapi-{content['openapi'][:3]}.json"
    file.write_text(json.dumps(content))
    return file


VALIDATORS = [openapi_spec_validator, redocly, spectral]


@pytest.mark.parametrize("validate", VALIDATORS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("contract", CONTRACTS)
def test_every_validator_accepts_every_document(
    contract: str, version: str, validate: Validator, tmp_path: Path
) -> None:
    """No error and no warning; the rules that are off have their reason in redocly.yaml and spectral.yaml."""
    assert validate(published(contract, version), tmp_path) == []


def with_a_parameter_in_the_body(content: Any) -> None:
    """That was so in Swagger 2.0."""
    content["paths"][LOGS]["get"]["parameters"][0]["in"] = "body"


def with_a_strange_type(content: Any) -> None:
    """JSON Schema has no such type."""
    content["components"]["schemas"]["StageResponse"]["type"] = "strange"


def with_a_body_without_content(content: Any) -> None:
    """A request body is nothing without it."""
    del content["paths"][CANCEL]["post"]["requestBody"]["content"]


def with_another_version(content: Any) -> None:
    """`itemSchema` is new in 3.2: what is published are not one document with two numbers."""
    content["openapi"] = "3.1.0"


def with_a_reference_to_nothing(content: Any) -> None:
    """A part of a payload is gone."""
    del content["components"]["schemas"]["StageResponse"]


def with_a_wrong_example(content: Any) -> None:
    """An example of the stream that is no event of it."""
    stream = content["paths"][LOGS]["get"]["responses"]["200"]["content"]["text/event-stream"]
    stream["examples"]["log"]["value"][0]["data"]["level"] = "loud"


@pytest.mark.parametrize("validate", VALIDATORS)
@pytest.mark.parametrize(
    ("version", "breaking"),
    [
        ("3.1", with_a_parameter_in_the_body),
        ("3.2", with_a_parameter_in_the_body),
        ("3.1", with_a_strange_type),
        ("3.2", with_a_strange_type),
        ("3.1", with_a_body_without_content),
        ("3.2", with_a_body_without_content),
        ("3.2", with_another_version),
    ],
)
def test_every_validator_refuses_a_broken_document(
    version: str, breaking: Breaking, validate: Validator, tmp_path: Path
) -> None:
    """So what they accept, they have read."""
    content = deepcopy(published("shipped", version))
    breaking(content)
    assert validate(content, tmp_path)


@pytest.mark.parametrize("validate", [redocly, spectral])
@pytest.mark.parametrize("breaking", [with_a_reference_to_nothing, with_a_wrong_example])
def test_two_validators_follow_references_and_read_examples(
    breaking: Breaking, validate: Validator, tmp_path: Path
) -> None:
    """So the examples in the documents are known to be events of their streams."""
    content = deepcopy(published("shipped", "3.1"))
    breaking(content)
    assert validate(content, tmp_path)
