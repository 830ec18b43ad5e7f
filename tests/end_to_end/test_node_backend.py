"""A backend in Node with code of its own, served by reflection alone: no option of ours, no descriptor set."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.kitchen import CONFIG, FOLLOW, GROWN, MENU, PRICE, kitchen_backend
from tests.support.open_streams import connection, printed, served, stream
from tests.support.processes import Program, gateway
from tests.support.waiting import until

SHARED = """
[[sse.methods]]
selector = "kitchen.v1.Kitchen.Follow"
delivery = "DELIVERY_SHARED"

[[sse.events]]
selector = "kitchen.v1.FollowResponse.accepted"
key_field = "table"
"""


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Program]:
    """The backend."""
    program = kitchen_backend(tmp_path)
    yield program
    program.stop(signal.SIGKILL)


@pytest.fixture
def server(kitchen: Program, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Program]:
    """The gateway in front of it; a test may add to its configuration."""
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG + getattr(request, "param", ""))
    program = gateway("serve", "--config", str(config), "--upstream", kitchen.address, "--reflection")
    yield program
    assert program.stop() == 0
    assert [line for line in program.output if "Traceback" in line] == []


async def test_its_events_arrive_by_name_with_the_json_that_its_proto_says(server: Program) -> None:
    """On the default path, with enum, timestamp, bytes, map, wrapper and 64-bit numbers as ProtoJSON has them."""
    await served(server, FOLLOW)
    async with stream(server, f"{FOLLOW}?table=4&dishes=soup&dishes=caviar&course=COURSE_MAIN") as client:
        await until(lambda: client.ended)
        assert [(each.name, each.payload) for each in client.sse.events[:4]] == [
            ("accepted", {"table": "4", "course": "COURSE_MAIN", "at": "2026-01-01T12:00:00.500Z"}),
            ("dish_served", dish("soup", "650")),
            ("dish_served", dish("caviar", "9007199254740993")),
            ("bill", {"total_cents": "1925", "split": [9.5, 9.75]}),
        ]
        assert client.sse.names[4:] == ["stream-end"]


def dish(name: str, price: str) -> dict[str, object]:
    """The JSON of one dish."""
    return {"name": name, "price_cents": price, "photo": "AP8Q", "allergens": {"celery": 1}, "note": ""}


async def test_a_body_says_the_same_as_a_query(server: Program) -> None:
    """Each method that streams has POST on its default path too."""
    await served(server, FOLLOW)
    async with stream(server, FOLLOW, {"table": "4", "dishes": ["soup"], "course": 1}) as client:
        await until(lambda: client.ended)
        assert client.sse.names == ["accepted", "dish_served", "bill", "stream-end"]
        assert client.sse.events[0].payload["course"] == "COURSE_STARTER"


async def test_a_unary_call_answers_on_the_path_of_a_rule(server: Program) -> None:
    """Its proto has none; the config file says it."""
    await served(server, PRICE)
    async with connection(server) as http:
        answer = await http.get("/v1/dishes/soup/price", params={"count": 3})
    assert (answer.status_code, answer.json()) == (200, {"dish": "soup", "total_cents": "1950"})


@pytest.mark.parametrize(
    ("path", "words"),
    [
        pytest.param("/v1/dishes/stones/price", "no dish stones", id="of a unary call"),
        pytest.param(f"{FOLLOW}?table=nobody", "no table nobody", id="before a stream has begun"),
    ],
)
async def test_an_error_of_the_backend_is_a_problem_with_its_status(server: Program, path: str, words: str) -> None:
    """NOT_FOUND is 404, in the backend's words."""
    await served(server, FOLLOW)
    async with connection(server) as http:
        answer = await http.get(path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["code"], answer.json()["detail"]) == ("NOT_FOUND", words)


async def test_an_error_amid_a_stream_is_its_last_event(server: Program) -> None:
    """After what came before it, with its code and its words."""
    await served(server, FOLLOW)
    async with stream(server, f"{FOLLOW}?table=burns&dishes=pasta") as client:
        await until(lambda: client.ended)
        assert client.sse.names == ["accepted", "dish_served", "stream-error"]
        error = client.sse.events[-1].payload
        assert (error["code"], error["message"]) == ("DATA_LOSS", "the pan is on fire")


async def test_whoever_leaves_cancels_his_call_in_node(server: Program, kitchen: Program) -> None:
    """And nobody else's."""
    await served(server, FOLLOW)
    async with stream(server, f"{FOLLOW}?table=7&stay=true") as stays:
        await stays.until_names("accepted")
        async with stream(server, f"{FOLLOW}?table=8&stay=true") as leaves:
            await leaves.until_names("accepted")
        await printed(kitchen, "cancelled 8")
        assert "cancelled 7" not in kitchen.output
        assert not stays.ended


@pytest.mark.parametrize("server", [SHARED], indirect=True, ids=["shared"])
async def test_a_hangup_signal_serves_what_a_replaced_backend_has_anew(
    server: Program, kitchen: Program, tmp_path: Path
) -> None:
    """Another program with one more method on the same port; a stream that was open goes on with its events."""
    await served(server, FOLLOW)
    async with stream(server, f"{FOLLOW}?table=7&stay=true") as client:
        await client.until_names("accepted")
        kitchen.kill()
        await printed(server, "is away")
        again = kitchen_backend(tmp_path, GROWN, int(kitchen.address.rpartition(":")[2]))
        try:
            assert again.address == kitchen.address
            await until(lambda: client.sse.names.count("accepted") == 2, 30)
            async with connection(server) as http:
                assert (await http.get(MENU)).status_code == 404
                server.process.send_signal(signal.SIGHUP)
                await served(server, MENU)
                answer = await http.get(MENU)
            data = [line.removeprefix("data: ") for line in answer.text.splitlines() if line.startswith("data: {")]
            assert [json.loads(each) for each in data[:2]] == [{"dish": "soup"}, {"dish": "pasta"}]
            assert not client.ended
        finally:
            again.stop(signal.SIGKILL)
