"""Services that others have made, live: gRPC's health service by reflection, etcd by its published contract."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from tests.support.etcd import running_etcd
from tests.support.open_streams import connection, served, stream
from tests.support.processes import Program, gateway
from tests.support.waiting import until

HEALTH = "/grpc.health.v1.Health/Watch"
ETCD_SET = Path(__file__).parents[1] / "public" / "contracts" / "etcd.binpb"
ETCD_CONFIG = """
[[http.rules]]                 # etcd gives two methods one path
selector = "etcdserverpb.Maintenance.HashKV"
post = "/v3/maintenance/hashkv"
body = "*"
"""
SERVING = health_pb2.HealthCheckResponse.SERVING
NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING


def text(value: str) -> str:
    """Text as the JSON of a field of bytes has it."""
    return base64.b64encode(value.encode()).decode()


@pytest.fixture
def health_servicer() -> health.HealthServicer:
    """What health there is."""
    return health.HealthServicer()


@pytest.fixture
def health_gateway(health_servicer: health.HealthServicer) -> Iterator[Program]:
    """A gateway in front of a server that has nothing but health and reflection."""
    server = grpc.server(ThreadPoolExecutor(4))
    health_pb2_grpc.add_HealthServicer_to_server(health_servicer, server)
    reflection.enable_server_reflection(["grpc.health.v1.Health", reflection.SERVICE_NAME], server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    program = gateway("serve", "--upstream", f"127.0.0.1:{port}", "--reflection")
    yield program
    status = program.stop()
    server.stop(0).wait()
    assert status == 0


async def test_a_change_of_health_is_an_event(health_gateway: Program, health_servicer: health.HealthServicer) -> None:
    """Its response has no oneof, so events are unnamed; its first value is left out as ProtoJSON leaves out zeros."""
    await served(health_gateway, HEALTH)
    async with stream(health_gateway, f"{HEALTH}?service=orders") as client:
        await client.until_events(1)
        health_servicer.set("orders", SERVING)
        await client.until_events(2)
        health_servicer.set("orders", NOT_SERVING)
        assert await client.until_events(3) == [
            {"status": "SERVICE_UNKNOWN"},
            {"status": "SERVING"},
            {"status": "NOT_SERVING"},
        ]
        assert client.sse.names == ["message"] * 3
        assert not client.ended


@pytest.fixture
def etcd_gateway(tmp_path: Path) -> Iterator[Program]:
    """A gateway in front of an etcd of its own."""
    config = tmp_path / "gateway.toml"
    config.write_text(ETCD_CONFIG)
    with running_etcd(tmp_path / "data") as address:
        program = gateway("serve", "--config", str(config), "--upstream", address, "--descriptor-set", str(ETCD_SET))
        yield program
        assert program.stop() == 0


async def test_a_key_that_is_put_is_an_event_of_a_watch(etcd_gateway: Program) -> None:
    """Watch takes a stream: it gets the one message that the body is, then the end, and stays open all the same."""
    watch = {"create_request": {"key": text("jobs/"), "range_end": text("jobs0")}}
    async with stream(etcd_gateway, "/v3/watch", watch) as client, connection(etcd_gateway) as http:
        created = (await client.until_events(1))[0]
        assert created["created"] is True
        for number in range(3):
            put = await http.post("/v3/kv/put", json={"key": text(f"jobs/{number}"), "value": text("queued")})
            assert put.status_code == 200
            assert put.json()["header"]["revision"] == str(number + 2)
        assert (await http.post("/v3/kv/put", json={"key": text("elsewhere"), "value": ""})).status_code == 200
        deleted = await http.post("/v3/kv/deleterange", json={"key": text("jobs/0")})
        assert deleted.json()["deleted"] == "1"
        answers = await client.until_events(5)
        events = [event for answer in answers[1:] for event in answer["events"]]
        assert [(each.get("type"), each["kv"]["key"]) for each in events] == [
            (None, text("jobs/0")),
            (None, text("jobs/1")),
            (None, text("jobs/2")),
            ("DELETE", text("jobs/0")),
        ]
        assert not client.ended


async def test_keys_are_read_and_a_wrong_request_is_told_in_etcds_words(etcd_gateway: Program) -> None:
    """Unary methods of the same contract."""
    async with connection(etcd_gateway) as http:
        for name in ("a", "b"):
            await http.post("/v3/kv/put", json={"key": text(name), "value": text(name * 2)})
        read = await http.post("/v3/kv/range", json={"key": text("a"), "range_end": text("c"), "sort_order": "DESCEND"})
        assert [(each["key"], each["value"]) for each in read.json()["kvs"]] == [
            (text("b"), text("bb")),
            (text("a"), text("aa")),
        ]
        refused = await http.post("/v3/kv/range", json={})
        assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_ARGUMENT")
        assert "key is not provided" in refused.json()["detail"]
        unread = await http.post("/v3/kv/range", json={"key": "not base64!"})
        assert (unread.status_code, unread.json()["errors"][0]["parameter"]) == (400, "body.key")


async def test_a_snapshot_comes_in_pieces_of_bytes_and_ends(etcd_gateway: Program) -> None:
    """A stream of bytes as base64: together they are a database file of etcd."""
    async with stream(etcd_gateway, "/v3/maintenance/snapshot", {}) as client:
        await until(lambda: client.ended)
        assert client.sse.names[-1] == "stream-end"
        pieces = [json.loads(each.data) for each in client.sse.events[:-1]]
    data = b"".join(base64.b64decode(each.get("blob", "")) for each in pieces)
    # Of a bolt database: its magic number stands at the same place in each of its first two pages.
    assert data[16:20] == bytes.fromhex("edda0ced")
    assert len(data) > 10_000
