"""SIGHUP to a gateway whose contract is a file."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.kitchen import CONFIG, FOLLOW, GROWN, MENU, PROTO, kitchen_backend
from tests.support.open_streams import connection, printed, served, stream
from tests.support.processes import Program, gateway
from tests.support.protos import descriptor_set
from tests.support.waiting import until

NAMED = "kitchen.proto"


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """The descriptor set, which does not have all that the backend has."""
    file = tmp_path / "kitchen.binpb"
    file.write_bytes(descriptor_set(PROTO, named=NAMED))
    return file


@pytest.fixture
def server(tmp_path: Path, contract: Path) -> Iterator[Program]:
    """A gateway in front of the backend."""
    backend = kitchen_backend(tmp_path, GROWN)
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG)
    flags = ("--config", str(config), "--upstream", backend.address, "--descriptor-set", str(contract))
    program = gateway("serve", *flags)
    yield program
    status = program.stop()
    backend.stop(signal.SIGKILL)
    assert status == 0
    assert [line for line in program.output if "Traceback" in line] == []


def hang_up(server: Program, contract: Path, content: bytes | None) -> None:
    """Puts other content in the place of the file, or nothing, and sends the signal."""
    contract.unlink(missing_ok=True)
    if content is not None:
        contract.write_bytes(content)
    server.process.send_signal(signal.SIGHUP)


async def test_a_changed_file_is_served_after_a_hangup_and_open_streams_go_on(server: Program, contract: Path) -> None:
    """Another path answers; a stream per client, which cannot be joined again, is the same as before."""
    async with (
        stream(server, f"{FOLLOW}?table=7&stay=true") as before,
        connection(server) as http,
    ):
        await before.until_names("accepted")
        assert (await http.get(MENU)).status_code == 404
        hang_up(server, contract, descriptor_set(GROWN, named=NAMED))
        await served(server, MENU)
        assert (await http.get(MENU)).text.count("data: ") == 3
        async with stream(server, f"{FOLLOW}?table=8") as after:
            await until(lambda: after.ended)
            assert after.sse.names == ["accepted", "bill", "stream-end"]
        assert before.sse.names == ["accepted"]
        assert not before.ended


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"\xff\xff not a descriptor set", "not a FileDescriptorSet", id="garbage"),
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(None, "No such file", id="no file"),
        pytest.param(
            descriptor_set(PROTO, named=NAMED).replace(b"kitchen.v1.Course", b"kitchen.v1.Curse2"),
            "kitchen.v1.Curse2",
            id="a type that is not there",
        ),
    ],
)
async def test_a_broken_file_leaves_the_contract_as_it_was_and_is_told(
    server: Program, contract: Path, content: bytes | None, words: str
) -> None:
    """In the log, with the reason; a good one is taken again after that."""
    await served(server, FOLLOW)
    hang_up(server, contract, content)
    await printed(server, "the one before it stays")
    await printed(server, words)
    async with stream(server, f"{FOLLOW}?table=8") as client:
        await until(lambda: client.ended)
        assert client.sse.names == ["accepted", "bill", "stream-end"]
    hang_up(server, contract, descriptor_set(GROWN, named=NAMED))
    await served(server, MENU)
