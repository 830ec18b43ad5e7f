"""Faults of the gateway itself."""

from tests.support.faults_client import log_key
from tests.support.faults_house import House

KILLS = 2


async def test_clients_of_a_gateway_that_was_killed_come_back_to_a_gap_and_go_on(house: House) -> None:
    """It tells them that it does not know their cursors, and, from the backend's ring, all that there is."""
    gateway = await house.start_gateway(await house.start_backend(rate=150))
    await house.watch(gateway, 20, 20)
    for _ in range(KILLS):
        await house.more(50)
        await house.kill(house.gateway)
        await house.restart_gateway()
        await house.more(50)
    await house.verdict()
    for client in house.clients:
        assert [gap.reason for gap in client.gaps] == ["unknown-epoch"] * KILLS
        if client.key is log_key:
            numbers = {int(mark.split()[1]) for mark in client.marks if isinstance(mark, str)}
            assert numbers == set(range(1, max(numbers) + 1))
