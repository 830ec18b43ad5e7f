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
    # Chromium's own word on a gateway that is down, whatever the page does about it.
    assert [each for each in complaints if "ERR_CONNECTION_REFUSED" not in each] == []


# Looking from here would miss what passes between two looks.
WATCH_BARS = """() => {
  window.percentages = {};
  const look = () => document.querySelectorAll("article.operation").forEach((card) => {
    const bar = card.querySelector("[role=progressbar]");
    (window.percentages[card.dataset.id] ??= new Set()).add(bar.getAttribute("aria-valuenow"));
  });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
SOME_BAR_MOVED = "() => Object.values(window.percentages).some((seen) => seen.size > 3)"


def test_bars_move_and_an_operation_completes(page: Page) -> None:
    """A card goes through several percentages, and one ends at 100."""
    page.evaluate(WATCH_BARS)
    page.wait_for_function(SOME_BAR_MOVED)
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
