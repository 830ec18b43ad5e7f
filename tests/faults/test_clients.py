"""Faults between the gateway and its clients, and of the clients themselves."""

import time

import pytest

from tests.support.faults_client import log_key
from tests.support.faults_house import PATIENCE_SECONDS, STREAM, House, resident_bytes
from tests.support.waiting import until

CROWD = 2000
SLOW = 20
MOST_GROWTH_BYTES = 64 * 2**20


async def all_back(house: House, connections: int) -> float:
    """Waits until every client is connected anew and has heard something; gives the seconds."""
    begun = time.monotonic()
    await until(lambda: all(client.connections >= connections for client in house.clients), PATIENCE_SECONDS)
    await house.more(1)
    return time.monotonic() - begun


async def test_clients_whose_connections_are_cut_go_on_without_loss(house: House) -> None:
    """Again and again, in the midst of events, without a gap and without a duplicate."""
    proxy = await house.proxy(await house.start_gateway(await house.start_backend(rate=300)))
    await house.watch(proxy.address, 20, 20)
    for connections in range(2, 9):
        await house.more(15)
        proxy.cut()
        await all_back(house, connections)
    assert (await house.verdict()).gaps == 0


@pytest.mark.parametrize("cut", [False, True], ids=["held", "lost"])
@pytest.mark.parametrize("way", ["to_target", "to_client"])
async def test_clients_behind_a_black_hole_go_on_without_loss(house: House, way: str, cut: bool) -> None:
    """Whether their connections outlive it or not."""
    proxy = await house.proxy(await house.start_gateway(await house.start_backend(rate=300)))
    await house.watch(proxy.address, 10, 10)
    outside = house.client(house.gateway.address, STREAM, log_key)
    await house.join(outside)
    proxy.black_hole(**{way: True})
    heard = len(outside.marks)
    await until(lambda: len(outside.marks) > heard + 500)
    if cut:
        proxy.cut()
    proxy.heal()
    await house.more(50)
    assert (await house.verdict()).gaps == 0


async def test_two_thousand_clients_that_lose_their_connections_at_once_all_get_on_again(house: House) -> None:
    """First without the gateway's having gone, which costs nothing, and then with it, which costs a gap each."""
    gateway = await house.start_gateway(await house.start_backend(rate=5, keep=100))
    proxy = await house.proxy(gateway)
    await house.watch(proxy.address, CROWD, 0)
    proxy.cut()
    house.say(f"{CROWD} clients back after {await all_back(house, 2):.1f} s")
    assert not any(client.gaps for client in house.clients)
    await house.kill(house.gateway)
    await house.restart_gateway()
    house.say(f"{CROWD} clients back at a new gateway after {await all_back(house, 3):.1f} s")
    verdict = await house.verdict()
    assert verdict.gaps == CROWD


async def test_clients_that_read_one_byte_a_second_hold_up_nobody(house: House) -> None:
    """The others see everything, the gateway's memory stays bounded, and the slow ones learn what they missed."""
    backend = await house.start_backend(rate=600, padding=2000)
    gateway = await house.start_gateway(backend, GATEWAY_LOG_MAX_BYTES="4194304")
    quick = [house.client(gateway, STREAM, log_key) for _ in range(5)]
    await house.join(*quick)
    await until(lambda: len(quick[0].marks) > 2500)
    before = resident_bytes(house.gateway)
    slow = [house.client(gateway, STREAM, log_key) for _ in range(SLOW)]
    for client in slow:
        client.slow, client.receive_buffer_bytes = True, 4096
        house.clients.append(client.start())
    await until(lambda: all(client.connected for client in slow))
    heard = len(quick[0].marks)
    await until(lambda: len(quick[0].marks) > heard + 4500, PATIENCE_SECONDS)
    growth = resident_bytes(house.gateway) - before
    house.say(f"memory of the gateway: {before / 2**20:.0f} MiB, {growth / 2**20:+.1f} MiB with {SLOW} slow clients")
    assert growth < MOST_GROWTH_BYTES
    for client in slow:
        client.slow = False
    await house.verdict()
    assert not any(client.gaps for client in quick)
    assert {gap.reason for client in slow for gap in client.gaps} <= {"evicted"}
