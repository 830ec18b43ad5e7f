"""The JSON of progress and log events is the specification's to the letter."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.contract.contract import compile_contract, shipped_descriptor_set
from gateway.contract.translation import Bookmark, Translated
from tests.support.protos import proto_class

PROGRESS, LOGS = "gateway.progress.v1.WatchProgressResponse", "gateway.logs.v1.StreamLogsResponse"
CLASSES = {name: proto_class(shipped_descriptor_set(), name) for name in (PROGRESS, LOGS)}
TRANSLATORS = {
    {"ProgressService": PROGRESS, "LogService": LOGS}[route.method.split(".")[3]]: route.translate
    for route in compile_contract(shipped_descriptor_set()).streams
}
EPOCH = "1970-01-01T00:00:00Z"


def translated(response: str, **fields: Any) -> Translated:
    """What the gateway makes of a backend's response."""
    event = TRANSLATORS[response](CLASSES[response](**fields).SerializeToString())
    assert isinstance(event, Translated)
    return event


def payload(response: str, **fields: Any) -> Any:
    """The parsed JSON of it."""
    return json.loads(translated(response, **fields).data)


FULL_PROGRESS = {
    "id": "op-1",
    "operation_name": "Nightly scan",
    "operation_type": "scan",
    "owner_id": "u-7",
    "owner_type": "user",
    "owner_name": "Ada",
    "resource_id": "disk-3",
    "state": 2,
    "overall_percentage": 41.5,
    "error": "slow",
    "stages": [
        {"id": "s1", "name": "Read", "state": 3, "percentage": 100.0},
        {"id": "s2", "name": "Hash", "state": 2, "percentage": 12.5, "stage_step": "file 3 of 8"},
    ],
    "current_stage": "s2",
    "started_at": {"seconds": 1_764_633_600},
    "last_update": {"seconds": 1_764_633_661, "nanos": 250_000_000},
    "completed_at": {"seconds": 1_764_633_662, "nanos": 1},
    "metadata": {"files": 8.0, "tags": ["a"]},
}


def test_a_full_progress_event_is_this_line_of_json() -> None:
    """Every key of ProgressResponse and StageResponse, in the order of the contract."""
    line = (
        '{"id":"op-1","operation_name":"Nightly scan","operation_type":"scan","owner_id":"u-7","owner_type":"user",'
        '"owner_name":"Ada","resource_id":"disk-3","state":"running","overall_percentage":41.5,"error":"slow",'
        '"stages":[{"id":"s1","name":"Read","state":"completed","percentage":100.0},'
        '{"id":"s2","name":"Hash","state":"in_progress","percentage":12.5,"stage_step":"file 3 of 8"}],'
        '"current_stage":"s2","started_at":"2025-12-02T00:00:00Z","last_update":"2025-12-02T00:01:01.250Z",'
        '"completed_at":"2025-12-02T00:01:02.000000001Z",'
    )
    event = translated(PROGRESS, progress=FULL_PROGRESS)
    text = event.data.decode()
    assert text.startswith(line)
    assert json.loads(text)["metadata"] == {"files": 8, "tags": ["a"]}


def test_an_empty_progress_event_has_the_required_keys_and_no_others() -> None:
    """Go's zero values are sent, `overall_percentage: 0` included; `omitempty` keys are not."""
    assert payload(PROGRESS, progress={}) == {
        "id": "",
        "operation_name": "",
        "operation_type": "",
        "owner_id": "",
        "owner_type": "",
        "state": "starting",
        "overall_percentage": 0,
        "current_stage": "",
        "started_at": EPOCH,
        "last_update": EPOCH,
    }


def test_an_empty_stage_has_the_required_keys_and_no_others() -> None:
    """A stage at 0 % says so."""
    assert payload(PROGRESS, progress={"stages": [{}]})["stages"] == [
        {"id": "", "name": "", "state": "pending", "percentage": 0}
    ]


def test_a_full_log_event_is_this_line_of_json() -> None:
    """Every key of LogEntryResponse, in the order of the contract."""
    entry = {
        "id": "l-1",
        "timestamp": {"seconds": 1_764_633_600, "nanos": 123_456_000},
        "level": 4,
        "message": "disk\nfull",
        "module": "store",
        "target": "store.disk",
        "file": "disk.py",
        "line": 12,
        "fields": {"free": 0.0},
        "context": {"request_id": "r-1"},
    }
    assert translated(LOGS, log=entry).data.decode() == (
        '{"id":"l-1","timestamp":"2025-12-02T00:00:00.123456Z","level":"warn","message":"disk\\nfull",'
        '"module":"store","target":"store.disk","file":"disk.py","line":12,"fields":{"free":0},'
        '"context":{"request_id":"r-1"}}'
    )


def test_an_empty_log_event_has_the_required_keys_and_no_others() -> None:
    """An entry of which nothing is said is at level info."""
    assert payload(LOGS, log={}) == {"id": "", "timestamp": EPOCH, "level": "info", "message": ""}


@pytest.mark.parametrize(
    ("number", "state"),
    [*enumerate(["starting", "starting", "running", "completed", "error", "cancelled"])],
)
def test_an_operation_state_is_spelled_as_the_specification_spells_it(number: int, state: str) -> None:
    """Lower case; UNSPECIFIED (0) reads as starting."""
    assert payload(PROGRESS, progress={"state": number})["state"] == state


@pytest.mark.parametrize(
    ("number", "state"),
    [*enumerate(["pending", "pending", "in_progress", "completed", "skipped", "error"])],
)
def test_a_stage_state_is_spelled_as_the_specification_spells_it(number: int, state: str) -> None:
    """Lower case; UNSPECIFIED (0) reads as pending."""
    assert payload(PROGRESS, progress={"stages": [{"state": number}]})["stages"][0]["state"] == state


@pytest.mark.parametrize(("number", "level"), [*enumerate(["info", "trace", "debug", "info", "warn", "error"])])
def test_a_log_level_is_spelled_as_the_specification_spells_it(number: int, level: str) -> None:
    """Lower case; UNSPECIFIED (0) reads as info."""
    assert payload(LOGS, log={"level": number})["level"] == level


@pytest.mark.parametrize("name", ["progress", "completed", "error", "cancelled"])
def test_the_four_progress_events_have_one_payload(name: str) -> None:
    """The event's name says what happened; the payload is ProgressResponse each time."""
    event = translated(PROGRESS, **{name: FULL_PROGRESS}, resume_token="t-9")
    assert event.name == name
    assert event.data == translated(PROGRESS, progress=FULL_PROGRESS).data
    assert (event.key, event.terminal, event.token) == ("op-1", name != "progress", "t-9")


def test_a_log_event_has_a_token_and_no_key() -> None:
    """Entries are told apart by their place in the stream."""
    event = translated(LOGS, log={"id": "l-1"}, resume_token="t-1")
    assert (event.name, event.key, event.terminal, event.token) == ("log", None, False, "t-1")


@pytest.mark.parametrize("response", [PROGRESS, LOGS])
def test_a_response_without_an_event_is_a_bookmark(response: str) -> None:
    """The past has been replayed, up to this token."""
    message = CLASSES[response](resume_token="t-5")
    assert TRANSLATORS[response](message.SerializeToString()) == Bookmark("t-5")
