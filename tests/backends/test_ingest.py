"""The job: its steps, its choices, and all of it as a process of its own."""

import asyncio
import hashlib
import os
import signal
import sys
import time
from contextlib import asynccontextmanager
from itertools import islice
from pathlib import Path

import grpc
import pytest
from google.protobuf.json_format import MessageToDict

from backends.generated.gateway.logs.v1 import logs_pb2
from backends.generated.gateway.progress.v1 import progress_pb2 as pb
from backends.ingest import work
from backends.ingest.tickets import directories, tickets

ROOT = Path(__file__).parents[2]
COMPLETED, SKIPPED = pb.STAGE_STATE_COMPLETED, pb.STAGE_STATE_SKIPPED


@pytest.fixture
def source(tmp_path):
    """A directory with three sub-directories of some 50 KB each, and one that holds compiled Python."""
    for name in ("alpha", "beta", "gamma"):
        for number in range(5):
            path = tmp_path / "source" / name / "deep" / f"{number}.bin"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(name.encode() * 2_000)
        (tmp_path / "source" / name / "empty.txt").touch()
    (tmp_path / "source" / "__pycache__").mkdir()
    (tmp_path / "source" / "__pycache__" / "x.pyc").write_bytes(b"x" * 300_000)
    return tmp_path / "source"


@pytest.fixture
def scratch(tmp_path):
    """Where the job's temporary directories are made."""
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@asynccontextmanager
async def ingest(source, scratch, *options):
    """Run the job on a free port, and give the process and the port."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-X", "dev", "-m", "backends.ingest", "--listen", "127.0.0.1:0", str(source), *options),
        cwd=ROOT,
        env=os.environ | {"TMPDIR": str(scratch)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(20):
            line = (await process.stdout.readline()).decode()
        assert line.startswith("ingest listening on 127.0.0.1:"), (line, await process.stderr.read())
        yield process, int(line.rpartition(":")[2])
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def ended(process):
    """Wait for the end of the process, and return its status, and what else it printed."""
    async with asyncio.timeout(20):
        out, error = await process.communicate()
    return process.returncode, out.decode(), error.decode()


async def whole(call):
    """Call from the very beginning of the process on, and return the responses until its end."""
    _, bookmark = await call().past()
    epoch = bookmark.resume_token.partition("-")[0]
    responses, error = await call(after=f"{epoch}-0").to_end()
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    return [response for response in responses if response.WhichOneof("event")]


def source_files(directory, most_bytes=1_000_000):
    """Return the files of a directory as a scan finds them."""
    return list(work.select(directory, work.walk(directory), most_bytes))


def test_an_archive_is_verified_against_the_hashes(source, tmp_path):
    """What was compressed is what was hashed, and each step reads every byte."""
    files, archive, read = source_files(source / "alpha"), tmp_path / "a.tar.gz", []
    total = sum(file.size for file in files)
    digests = {file.name: work.hash_file(file, read.append) for file in files}
    assert digests["deep/0.bin"] == hashlib.sha256(b"alpha" * 2_000).hexdigest()
    assert sum(read) == total
    work.compress(files, archive, read.append)
    assert sum(read) == 2 * total
    work.verify(files, archive, digests, read.append)
    assert sum(read) == 3 * total == 3 * 50_000


def test_an_archive_that_differs_is_refused(source, tmp_path):
    """A file that changes between its hash and its compression is found out."""
    files, archive = source_files(source / "alpha"), tmp_path / "a.tar.gz"
    digests = {file.name: work.hash_file(file, lambda _: None) for file in files}
    files[3].path.write_bytes(b"changed")
    work.compress(files, archive, lambda _: None)
    with pytest.raises(work.DigestMismatch, match=r"deep/2\.bin in a\.tar\.gz"):
        work.verify(files, archive, digests, lambda _: None)


def test_a_scan_keeps_to_its_limit(source):
    """A file that does not fit is left out, those after it that fit are not; links are no regular files."""
    (source / "alpha" / "deep" / "1.bin").write_bytes(b"x" * 30_000)
    (source / "alpha" / "deep" / "link").symlink_to("/etc/passwd")
    names = [file.name for file in source_files(source / "alpha", 35_000)]
    assert names == ["empty.txt", "deep/0.bin", "deep/2.bin", "deep/3.bin"]


def test_directories_worth_a_progress_bar_are_preferred(source):
    """Where there are none of 256 KiB, all that hold files; without sub-directories the directory itself."""
    assert [path.name for path in directories(source, 10**6)] == ["alpha", "beta", "gamma"]
    (source / "beta" / "large.bin").write_bytes(b"x" * 300_000)
    assert [path.name for path in directories(source, 10**6)] == ["beta"]
    assert directories(source / "alpha" / "deep", 10**6) == [source / "alpha" / "deep"]
    (source / "hollow").mkdir()
    assert directories(source / "hollow", 10**6) == []


def test_a_seed_decides_everything():
    """One in six fails, about one in seven is cancelled, never both, and the next run is the same."""
    choice = [Path("a"), Path("b")]
    first = list(islice(tickets(choice, 1), 84))
    assert first == list(islice(tickets(choice, 1), 84))
    assert first != list(islice(tickets(choice, 2), 84))
    assert sum(ticket.unreadable for ticket in first) == 14
    assert sum(ticket.patience is not None for ticket in first) == 10
    assert not any(ticket.unreadable and ticket.patience is not None for ticket in first)
    assert {ticket.kind.type for ticket in first} == {"ingest", "backup", "audit"}
    assert {ticket.owner.type for ticket in first} == {"user", "team", "service"}


async def test_a_run_completes_fails_cancels_and_skips(source, scratch, client_of):
    """Fourteen real operations, seen over gRPC from the first state to the last, and the log of each."""
    options = ("--operations", "14", "--rate-mib-per-second", "0.2", "--pause-seconds", "0")
    async with ingest(source, scratch, *options) as (process, port):
        client = client_of(port)
        watched, logged = await asyncio.gather(whole(client.watch), whole(client.logs))
        assert await ended(process) == (0, "", "")
    assert list(scratch.iterdir()) == []
    endings = {}
    for response in watched:
        event = response.WhichOneof("event")
        operation = getattr(response, event)
        assert operation.id not in endings, "nothing follows an operation's end"
        if event != "progress":
            endings[operation.id] = (event, operation)
    assert len(endings) == 14
    for event, operation in endings.values():
        _check_ending(event, operation, [response for response in watched if response.progress.id == operation.id])
    assert {event for event, _ in endings.values()} == {"completed", "error", "cancelled"}
    done = [operation for event, operation in endings.values() if event == "completed"]
    assert {operation.operation_type == "audit" for operation in done} == {True, False}
    _check_log([response.log for response in logged], endings)


def _check_ending(event, operation, before):
    stages = [stage.state for stage in operation.stages]
    metadata = MessageToDict(operation.metadata)
    assert operation.resource_id in {"alpha", "beta", "gamma"}
    assert operation.owner_id
    assert operation.owner_name
    if event == "error":
        assert operation.error.startswith("[Errno 2] No such file or directory")
        assert operation.error.endswith("unreadable.dat'")
        assert pb.STAGE_STATE_ERROR in stages
        return
    assert (metadata["files"], metadata["bytes"]) == (6, sum(5 * [2_000 * len(operation.resource_id)]))
    if event == "cancelled":
        assert metadata["cancel_reason"] == f"{operation.owner_name} would not wait any longer"
        assert 0 < operation.overall_percentage < 100
    elif operation.operation_type == "audit":
        assert stages == [COMPLETED, COMPLETED, SKIPPED, SKIPPED]
    else:
        assert stages == [COMPLETED] * 4
        assert metadata["verified_files"] == 6
        assert 0 < metadata["archive_bytes"] < metadata["bytes"]
        steps = {stage.stage_step for response in before for stage in response.progress.stages}
        assert any(step.endswith(".bin") for step in steps)
        percentages = {response.progress.overall_percentage for response in before}
        assert sum(0 < percentage < 100 for percentage in percentages) >= 4


def _check_log(entries, endings):
    by_operation = {}
    for entry in entries:
        if "operation_id" in entry.context:
            by_operation.setdefault(entry.context["operation_id"], []).append(entry)
    assert by_operation.keys() == endings.keys()
    for identity, (event, operation) in endings.items():
        own = by_operation[identity]
        levels = {entry.level for entry in own}
        assert all(entry.context["owner_id"] == operation.owner_id for entry in own)
        assert {logs_pb2.LOG_LEVEL_INFO, logs_pb2.LOG_LEVEL_WARN} <= levels
        failures = [entry for entry in own if entry.level == logs_pb2.LOG_LEVEL_ERROR]
        assert len(failures) == (event == "error")
        for entry in failures:
            assert entry.fields["exception"].endswith(f"FileNotFoundError: {operation.error}")
        if event == "completed":
            assert logs_pb2.LOG_LEVEL_DEBUG in levels


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_stops_it_cleanly(source, scratch, client_of, number):
    """In the midst of its work: the operations end as cancelled, nothing is left and nothing printed."""
    options = ("--rate-mib-per-second", "0.01", "--workers", "2")
    async with ingest(source, scratch, *options) as (process, port):
        call = client_of(port).watch()
        hashing = set()
        while len(hashing) < 2:
            operation = (await call.read()).progress
            hashing |= {operation.id} if operation.current_stage == "hash" else set()
        started = time.monotonic()
        process.send_signal(number)
        responses, error = await call.to_end()
        assert await ended(process) == (0, "", "")
        assert time.monotonic() - started < 5
    assert error.code() == grpc.StatusCode.UNAVAILABLE
    cancelled = [response.cancelled for response in responses if response.WhichOneof("event") == "cancelled"]
    assert [operation.metadata["cancel_reason"] for operation in cancelled] == ["the service is stopping"] * 2
    assert list(scratch.iterdir()) == []


async def test_verbose_tells_on_stderr_what_the_operations_do(source, scratch):
    """Without it their failures would not be there."""
    options = ("--verbose", "--operations", "6", "--rate-mib-per-second", "100", "--pause-seconds", "0")
    async with ingest(source, scratch, *options) as (process, _):
        status, _, error = await ended(process)
    assert status == 0
    assert "scanned" in error
    assert "FileNotFoundError: [Errno 2]" in error


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["nowhere"], 2, "nowhere is not a directory"),
        (["--listen", "50051"], 2, "'50051' is not HOST:PORT"),
        (["--workers", "0"], 2, "'0' is not a whole number above 0"),
        (["--rate-mib-per-second", "nan"], 2, "'nan' is not a number above 0"),
        (["--listen", "256.0.0.1:1", "backends"], 1, "ingest: cannot listen on 256.0.0.1:1"),
    ],
)
async def test_a_wrong_argument_is_told(arguments, status, message):
    """By its name, without a traceback."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "backends.ingest", *arguments),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    ended_with, out, error = await ended(process)
    assert (ended_with, out) == (status, "")
    assert message in error
    assert "Traceback" not in error
