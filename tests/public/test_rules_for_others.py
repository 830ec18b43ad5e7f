"""Rules in a config file make published contracts fit to serve that are not so by themselves."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from gateway.config import load_settings
from gateway.contract.contract import Contract
from gateway.errors import ContractError
from gateway.loading import load_contract

BAZEL = {
    "build.bazel.remote.execution.v2.Execution.Execute": "actions:execute",
    "build.bazel.remote.execution.v2.ActionCache.GetActionResult": "actionResults:get",
    "build.bazel.remote.execution.v2.ActionCache.UpdateActionResult": "actionResults:update",
    "build.bazel.remote.execution.v2.ContentAddressableStorage.FindMissingBlobs": "blobs:findMissing",
    "build.bazel.remote.execution.v2.ContentAddressableStorage.BatchUpdateBlobs": "blobs:batchUpdate",
    "build.bazel.remote.execution.v2.ContentAddressableStorage.BatchReadBlobs": "blobs:batchRead",
    "build.bazel.remote.execution.v2.ContentAddressableStorage.GetTree": "blobs:getTree",
    "build.bazel.remote.execution.v2.Capabilities.GetCapabilities": "capabilities",
    "build.bazel.remote.asset.v1.Fetch.FetchBlob": "assets:fetchBlob",
    "build.bazel.remote.asset.v1.Fetch.FetchDirectory": "assets:fetchDirectory",
    "build.bazel.remote.asset.v1.Push.PushBlob": "assets:pushBlob",
    "build.bazel.remote.asset.v1.Push.PushDirectory": "assets:pushDirectory",
}
SETS = Path(__file__).parent / "contracts"


def loaded(name: str, rules: str, directory: Path) -> Contract:
    """A set with a config file's rules, as the command loads it."""
    file = directory / "gateway.toml"
    file.write_text(f"contract.descriptor_sets = [{json.dumps(str(SETS / f'{name}.binpb'))}]\n{rules}")
    return load_contract(load_settings(file, {}, {}))


def test_opentelemetry_gets_the_paths_of_otlp_over_http(tmp_path: Path) -> None:
    """Its protos have none; the specification of OTLP/HTTP says which they are."""
    rules = "".join(
        "[[http.rules]]\n"
        f'selector = "opentelemetry.proto.collector.{name}.v1.{service}.Export"\n'
        f'post = "/v1/{name}"\n'
        'body = "*"\n'
        for name, service in (("traces", "TraceService"), ("metrics", "MetricsService"), ("logs", "LogsService"))
    ).replace("collector.traces.", "collector.trace.")
    routes = loaded("opentelemetry", rules, tmp_path).unary
    assert {(each.verb, each.path.text) for each in routes} == {
        ("POST", "/v1/traces"),
        ("POST", "/v1/metrics"),
        ("POST", "/v1/logs"),
    }
    (traces,) = (each for each in routes if each.path.text == "/v1/traces")
    body = json.dumps({"resource_spans": [{"scope_spans": [{"spans": [{"name": "call", "trace_id": "AAEC"}]}]}]})
    assert traces.bind({}, (), frozenset(), ("application/json", body.encode())).request == (
        b"\n\x0f\x12\r\x12\x0b\n\x03\x00\x01\x02*\x04call"
    )


def test_two_methods_of_etcd_that_have_one_path_are_told_apart_by_a_rule(tmp_path: Path) -> None:
    """Without it the set is refused, and the problem names both."""
    with pytest.raises(ContractError, match=r"'/v3/maintenance/hash' is already that of etcdserverpb.Maintenance.Hash"):
        loaded("etcd", "", tmp_path)
    rule = '[[http.rules]]\nselector = "etcdserverpb.Maintenance.HashKV"\npost = "/v3/maintenance/hashkv"\nbody = "*"\n'
    paths = {each.path.text for each in loaded("etcd", rule, tmp_path).routes}
    assert {"/v3/maintenance/hash", "/v3/maintenance/hashkv"} <= paths


def test_bazels_executions_are_streams_once_their_paths_keep_to_the_grammar(tmp_path: Path) -> None:
    """Its own have `**` in their midst; one rule replaces the one that a method has."""
    with pytest.raises(ContractError, match="expected ':' or the end"):
        loaded("bazel", "", tmp_path)
    rules = "".join(
        f'[[http.rules]]\nselector = "{method}"\npost = "/v2/{{instance_name}}/{path}"\nbody = "*"\n'
        for method, path in BAZEL.items()
    )
    (execute,) = (each for each in loaded("bazel", rules, tmp_path).streams if each.method.endswith(".Execute"))
    assert execute.path.text == "/v2/{instance_name}/actions:execute"
    assert [event.name for event in execute.events] == ["error", "response"]
