"""The command, as a person calls it: in a process of its own."""

import json
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.protos import FILE, HEAD, descriptor_set
from tests.support.reflecting import reflecting_in_threads

SERVICE = """
message WatchRequest { string id = 1; int32 initial = 2; }
message WatchResponse { oneof event { Tick tick = 1; } }
message Tick { string id = 1; }
service WatchService {
  %s
}
"""
OTHER = 'syntax = "proto3"; service Other { rpc Go(Message) returns (stream Message); } message Message {}'
METHOD = 'rpc %s(WatchRequest) returns (stream WatchResponse) { option (google.api.http) = {get: "%s"}; %s }'


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs `grpc-sse-gateway`."""
    return subprocess.run(
        [sys.executable, "-m", "gateway", *arguments],
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def contract(tmp_path: Path, *methods: str) -> Path:
    """A descriptor set file with one service."""
    file = tmp_path / "contract.binpb"
    file.write_bytes(descriptor_set(HEAD + SERVICE % "\n  ".join(methods)))
    return file


@pytest.mark.parametrize(
    ("methods", "method", "reason"),
    [
        pytest.param(
            [METHOD % ("Watch", "/v1/{name}/events", "")], "Watch", "has no field 'name'", id="path field not there"
        ),
        pytest.param(
            [METHOD % ("Watch", "/v1/a", ""), METHOD % ("Look", "/v1/a", "")],
            "Look",
            "path '/v1/a' is already that of test.WatchService.Watch",
            id="two routes on one path",
        ),
        pytest.param(
            [METHOD % ("Watch", "/schema/{id}", "")],
            "Watch",
            "path '/schema/{id}' is one of the gateway's own",
            id="a path that the gateway needs itself",
        ),
        pytest.param(
            [METHOD % ("Watch", "/v1/a", 'option (gateway.sse.v1.stream) = {resume_request_field: "token"};')],
            "Watch",
            "resume_request_field 'token': expected a single string field of test.WatchRequest",
            id="wrong option",
        ),
    ],
)
def test_check_names_file_line_column_method_and_reason(
    tmp_path: Path, methods: list[str], method: str, reason: str
) -> None:
    """And exits with status 1, without a traceback."""
    done = run("check", "--descriptor-set", str(contract(tmp_path, *methods)))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    place = rf"^{re.escape(FILE)}:[0-9]+:[0-9]+: test\.WatchService\.{method}: .*{re.escape(reason)}"
    assert re.search(place, done.stderr, re.MULTILINE), done.stderr


def test_check_is_content_with_the_shipped_contract() -> None:
    """It says what it has found."""
    done = run("check")
    assert (done.returncode, done.stdout) == (0, "The contract is fine: 7 routes, 5 events.\n")


def test_routes_shows_path_method_parameters_events_and_delivery(tmp_path: Path) -> None:
    """One row for each route, whatever the contract."""
    file = contract(tmp_path, METHOD % ("Watch", "/v1/{id}/events", ""))
    done = run("routes", "--descriptor-set", str(file))
    assert done.returncode == 0
    for shown in ("GET /v1/{id}/events", "test.WatchService.Watch", "id: text (path)", "tick", "per client"):
        assert shown in done.stdout
    shipped = run("routes").stdout
    for shown in ("GET /api/v1/logs/stream", "initial = 50: an integer from 0 to 500", "shared", "cancelled"):
        assert shown in shipped


def test_every_command_explains_itself() -> None:
    """`--help` lists the commands, and each has its own."""
    text = run("--help").stdout
    for command in ("serve", "check", "routes", "openapi", "demo"):
        assert command in text
        assert "Usage" in run(command, "--help").stdout


@pytest.mark.parametrize(
    ("arguments", "environment", "told"),
    [
        pytest.param(["serve", "--config", "nowhere.toml"], {}, "nowhere.toml: cannot be read", id="no such file"),
        pytest.param(["serve", "--upstream", "nonsense"], {}, "expected HOST:PORT", id="not an address"),
        pytest.param(["check", "--descriptor-set", "no.binpb"], {}, "descriptor set no.binpb: No such", id="no set"),
        pytest.param(["serve"], {"GATEWAY_STREAM_HEARTBEAT": "3"}, "GATEWAY_STREAM_HEARTBEAT_SECONDS", id="variable"),
    ],
)
def test_a_wrong_setting_is_one_clear_line(arguments: list[str], environment: dict[str, str], told: str) -> None:
    """Exit status 1, on stderr."""
    done = run(*arguments, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert told in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_port_that_is_taken_is_told_with_what_to_do() -> None:
    """Instead of a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "Address already in use; choose others with --host and --port" in done.stderr


def test_a_descriptor_set_that_is_rubbish_is_told(tmp_path: Path) -> None:
    """With what was expected."""
    file = tmp_path / "rubbish.binpb"
    file.write_bytes(b"\xff\xfe rubbish")
    done = run("check", "--descriptor-set", str(file))
    assert done.returncode == 1
    assert "not a FileDescriptorSet" in done.stderr


@pytest.mark.parametrize("version", ["3.1", "3.2"])
def test_openapi_prints_the_document_of_a_contract(tmp_path: Path, version: str) -> None:
    """To stdout for a pipe, or into a file; the same both times."""
    file, output = contract(tmp_path, METHOD % ("Watch", "/v1/{id}/events", "")), tmp_path / "openapi.json"
    printed = run("openapi", "--version", version, "--descriptor-set", str(file))
    written = run("openapi", "--version", version, "--descriptor-set", str(file), "-o", str(output))
    assert (printed.returncode, written.returncode, written.stdout) == (0, 0, "")
    assert output.read_text() == printed.stdout
    made = json.loads(printed.stdout)
    assert (made["openapi"], list(made["paths"])) == (f"{version}.0", ["/v1/{id}/events"])


def test_openapi_says_where_it_could_not_write(tmp_path: Path) -> None:
    """One clear line."""
    done = run("openapi", "-o", str(tmp_path / "missing" / "openapi.json"))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"Error: cannot write {tmp_path}/missing/openapi.json: No such file or directory\n"


def test_several_descriptor_sets_are_one_contract(tmp_path: Path) -> None:
    """The flag is repeated."""
    first = contract(tmp_path, METHOD % ("Watch", "/v1/{id}/events", ""))
    second = tmp_path / "second.binpb"
    second.write_bytes(descriptor_set(OTHER, named="other.proto"))
    done = run("routes", "--descriptor-set", str(first), "--descriptor-set", str(second))
    assert (done.returncode, done.stderr) == (0, "")
    assert "test.WatchService.Watch" in done.stdout
    assert "Other.Go" in done.stdout


def test_descriptor_sets_that_contradict_each_other_are_told(tmp_path: Path) -> None:
    """With both files and what differs."""
    first = contract(tmp_path, METHOD % ("Watch", "/v1/a", "")).rename(tmp_path / "first.binpb")
    second = contract(tmp_path, METHOD % ("Look", "/v1/a", ""))
    done = run("check", "--descriptor-set", str(first), "--descriptor-set", str(second))
    assert done.returncode == 1
    reason = f"is in {first} and, with other contents, in {second}; they differ first in test.WatchService.Watch"
    assert f"{FILE}: descriptor set: {reason}" in done.stderr


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        pytest.param(
            'selector = "test.WatchService.Watch"\ngett = "/x"', "unknown key 'gett'; did you mean get?", id="key"
        ),
        pytest.param(
            'selector = "test.WatchService.Wach"\nget = "/x"',
            "selector: no method is called 'test.WatchService.Wach'; did you mean test.WatchService.Watch?",
            id="selector",
        ),
        pytest.param(
            'selector = "test.WatchService.Watch"\nget = "/x/{nope}"',
            "test.WatchService.Watch: path '/x/{nope}': test.WatchRequest has no field 'nope'",
            id="what the compiler finds",
        ),
    ],
)
def test_a_wrong_rule_of_the_configuration_is_told_with_its_place(tmp_path: Path, rule: str, told: str) -> None:
    """Of the config file, not of the proto."""
    config = tmp_path / "gateway.toml"
    config.write_text(f"[[http.rules]]\n{rule}\n")
    file = contract(tmp_path, METHOD % ("Watch", "/v1/a", ""))
    done = run("check", "--config", str(config), "--descriptor-set", str(file))
    assert done.returncode == 1
    assert f"{config}: http.rules[0]: {told}" in done.stderr


@pytest.mark.parametrize("command", ["check", "routes", "openapi"])
def test_a_command_that_is_told_to_ask_a_backend_says_that_there_is_none(command: str) -> None:
    """One clear line instead of the shipped contract."""
    done = run(command, "--upstream", "127.0.0.1:1")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: no backend tells its services: 127.0.0.1:1: ")
    assert done.stderr.endswith("--descriptor-set FILE\n")


def test_check_asks_a_backend_and_lists_what_would_be_left_out() -> None:
    """By reflection, as `serve` does."""
    broken = METHOD % ("Look", "/v1/{nope}", "")
    data = descriptor_set(HEAD + SERVICE % (METHOD % ("Watch", "/v1/a", "") + broken))
    with reflecting_in_threads(data, "test.WatchService") as address:
        checked, shown = run("check", "--upstream", address), run("routes", "--upstream", address)
    assert checked.returncode == 1
    assert "test.WatchService.Look: path '/v1/{nope}'" in checked.stderr
    assert shown.returncode == 0
    assert "test.WatchService.Watch" in shown.stdout
    assert "test.WatchService.Look" not in shown.stdout


def test_serve_says_where_the_contract_comes_from() -> None:
    """In its help, before the options."""
    text = " ".join(run("serve", "--help").stdout.split())
    for said in ("what the descriptor sets say", "by gRPC server reflection", "shipped", "SIGHUP", "--no-reflection"):
        assert said in text
