"""Faults of the backend, and between it and the gateway."""

import random
import signal

import pytest

from tests.support.faults_house import House
from tests.support.faults_proxy import Proxy
from tests.support.waiting import until


async def test_a_backend_killed_at_random_moments_costs_only_what_a_gap_stands_for(house: House) -> None:
    """Every client stays connected and reads every run on from its first event."""
    gateway = await house.start_gateway(await house.start_backend(rate=200))
    await house.watch(gateway, 10, 10)
    chance = random.Random(house.record.parent.name)  # noqa: S311 - the moments are the same in every run
    for _ in range(4):
        await house.more(chance.randint(1, 150))
        await house.kill(house.backend)
        known = len(house.gateway.output)
        await house.restart_backend()
        await house.said("is back", known)
    await house.more(20)
    await house.verdict()
    assert {client.connections for client in house.clients} == {1}
    assert {gap.reason for client in house.clients for gap in client.gaps} == {"upstream-lost"}
    assert {len(client.gaps) for client in house.clients} == {4}


async def test_a_backend_that_hangs_longer_than_the_keepalive_costs_nothing(house: House) -> None:
    """The gateway gives its calls up, and goes on with the resume token once it breathes again."""
    gateway = await house.start_gateway(await house.start_backend(rate=200))
    await house.watch(gateway, 10, 10)
    for _ in range(2):
        await house.more(50)
        known = len(house.gateway.output)
        house.backend.process.send_signal(signal.SIGSTOP)
        try:
            known = await house.said("is away", known)
        finally:
            house.backend.process.send_signal(signal.SIGCONT)
        await house.said("is back", known)
    await house.more(50)
    verdict = await house.verdict()
    assert verdict.gaps == 0
    assert {client.connections for client in house.clients} == {1}


async def behind_a_proxy(house: House) -> Proxy:
    """A gateway whose way to its backend can be broken, with clients."""
    proxy = await house.proxy(await house.start_backend(rate=150))
    await house.watch(await house.start_gateway(proxy.address), 10, 10)
    await house.more(20)
    return proxy


async def test_connections_to_the_backend_that_are_cut_or_slow_cost_nothing(house: House) -> None:
    """The resume token goes on right after the last event received, so not even a gap is needed."""
    proxy = await behind_a_proxy(house)
    for delay in (0, 0.05, 0, 0.2):
        proxy.delay(delay)
        before = proxy.accepted
        proxy.cut()
        await until(lambda before=before: proxy.accepted > before)
        await house.more(30)
    proxy.heal()
    await house.more(30)
    assert (await house.verdict()).gaps == 0


@pytest.mark.parametrize(
    "ways",
    [{"to_target": True}, {"to_client": True}, {"to_target": True, "to_client": True}],
    ids=["to the backend", "to the gateway", "both ways"],
)
async def test_a_black_hole_before_the_backend_costs_nothing(house: House, ways: dict[str, bool]) -> None:
    """Keepalive finds it, and what the backend emitted meanwhile is read from its ring."""
    proxy = await behind_a_proxy(house)
    known = len(house.gateway.output)
    proxy.black_hole(**ways)
    known = await house.said("is away", known)
    proxy.heal()
    await house.said("is back", known)
    await house.more(30)
    assert (await house.verdict()).gaps == 0
