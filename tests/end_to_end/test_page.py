"""The page in Chromium, in front of the real backend."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.processes import Program

PATIENCE_MS = 40_000


@pytest.fixture
def page(browser: Browser, server: Program) -> Iterator[Page]:
    """The page, with its complaints collected."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.goto(f"http://{server.address}/")
    yield page
    page.close()
    assert complaints == []


def percentages(page: Page, operation: str) -> set[float]:
    """The values that a bar goes through until its operation has ended."""
    seen: set[float] = set()
    card = page.locator(f"article.operation[data-id='{operation}']")
    while card.get_attribute("data-state") in ("starting", "running"):
        seen.add(float(card.get_by_role("progressbar").get_attribute("aria-valuenow") or 0))
    return seen


def test_bars_move_and_an_operation_completes(page: Page) -> None:
    """A card goes through several percentages and ends at 100 with all its stages."""
    running = page.locator("article.operation[data-state='running']").first
    expect(running).to_be_visible(timeout=PATIENCE_MS)
    assert len(percentages(page, running.get_attribute("data-id") or "")) > 3
    completed = page.locator("article.operation[data-state='completed']").first
    expect(completed).to_be_visible(timeout=PATIENCE_MS)
    expect(completed.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "100")


def test_a_failed_operation_shows_its_message(page: Page) -> None:
    """The operating system's own words, as the backend met them; the event is called `error` like EventSource's own."""
    failed = page.locator("article.operation[data-state='error']").first
    expect(failed).to_be_visible(timeout=PATIENCE_MS)
    expect(failed.locator(".error-message")).to_contain_text("No such file or directory")
    expect(page.locator("#progress-connection")).to_have_attribute("data-state", "live")


def test_a_cancelled_operation_is_shown_as_such(page: Page) -> None:
    """And not as a failure."""
    expect(page.locator("article.operation[data-state='cancelled']").first).to_be_visible(timeout=PATIENCE_MS)


def test_log_lines_arrive_and_the_level_filter_works(page: Page) -> None:
    """With the filter on, only what is at least that severe is left, and it goes on arriving."""
    rows = page.locator("#logs tbody tr.log")
    expect(rows.nth(20)).to_be_attached(timeout=PATIENCE_MS)
    assert {"debug", "info"} <= set(rows.evaluate_all("rows => rows.map(row => row.dataset.level)"))
    page.locator("#log-level").select_option("warn")
    expect(page).to_have_url(re.compile("min_level=warn"))
    expect(page.locator("#logs tbody tr.log[data-level='debug']")).to_have_count(0)
    expect(rows.first).to_be_attached(timeout=PATIENCE_MS)
    before = rows.count()
    expect(rows.nth(before)).to_be_attached(timeout=PATIENCE_MS)
    assert set(rows.evaluate_all("rows => rows.map(row => row.dataset.level)")) <= {"warn", "error"}


def test_the_page_recovers_when_the_gateway_comes_back(page: Page, server: Program, backend: Program) -> None:
    """It says that it reconnects, and then shows live operations again."""
    connection = page.locator("#progress-connection")
    expect(connection).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
    port = server.address.rpartition(":")[2]
    server.stop()
    expect(connection).to_have_attribute("data-state", "reconnecting", timeout=PATIENCE_MS)
    again = Program("gateway", "serve", "--upstream", backend.address, "--port", port, says=r"page +http://([^/]+)/")
    try:
        assert again.address == server.address
        expect(connection).to_have_attribute("data-state", "live", timeout=PATIENCE_MS)
        expect(page.locator("article.operation[data-state='running']").first).to_be_visible(timeout=PATIENCE_MS)
    finally:
        again.stop()
