"""The page in Chromium, in front of the real backend."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Route, expect

from tests.support.older_backend import older_backend
from tests.support.processes import Program, gateway, ingest

PATIENCE_MS = 40_000
UNKNOWN = "api/v1/progress/operations/no-such-operation:cancel"
OPERATIONS = re.compile(r"/progress/operations\?")
# Chromium's own word on requests that fail, whatever the page does about it.
EXPECTED = re.compile(r"ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|404.*:cancel$")


@pytest.fixture
def page(browser: Browser, server: Program) -> Iterator[Page]:
    """The page, in front of a backend in a hurry."""
    yield from opened(browser, server)


@pytest.fixture
def unhurried(browser: Browser, material: Path) -> Iterator[Page]:
    """The page, in front of a backend whose operations take half a minute: none ends while a test looks at it."""
    backend = ingest(material, "--rate-mib-per-second", "0.02")
    server = gateway("serve", "--upstream", backend.address)
    yield from opened(browser, server)
    server.stop()
    backend.stop()


def opened(browser: Browser, server: Program) -> Iterator[Page]:
    """The page of a gateway, with its complaints collected."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(PATIENCE_MS)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.extend(complaint(message)))
    page.goto(f"http://{server.address}/")
    yield page
    page.close()
    assert [each for each in complaints if not EXPECTED.search(each)] == []


def complaint(message: ConsoleMessage) -> list[str]:
    """What is wrong and where, if anything is."""
    return [f"{message.text} {message.location['url']}"] if message.type == "error" else []


# Looking from here would miss what passes between two looks.
WATCH_BARS = """() => {
  window.percentages = {};
  const look = () => document.querySelectorAll("article.operation").forEach((card) => {
    const bar = card.querySelector("[role=progressbar]");
    (window.percentages[card.dataset.id] ??= new Set()).add(bar.getAttribute("aria-valuenow"));
  });
  new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
MORE = """before => {
  const count = (text) => Number(text.replaceAll(",", ""));
  return count(document.querySelector(".log-stats [data-level='debug'] .count").textContent) > count(before);
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


def test_a_running_operation_is_cancelled_from_its_card(unhurried: Page) -> None:
    """By keyboard: its end comes over the stream, the button goes, and the focus stays in the panel."""
    card = running(unhurried)
    card.get_by_role("button", name=re.compile("^Cancel ")).press("Enter")
    expect(card).to_have_attribute("data-state", "cancelled", timeout=PATIENCE_MS)
    expect(card.get_by_role("button")).to_have_count(0)
    expect(unhurried.locator("#operations")).to_be_focused()


def test_a_cancellation_that_is_refused_is_told_in_words(unhurried: Page) -> None:
    """The backend's own, from the gateway's problem document; one may try again."""
    unhurried.route("**/*:cancel", lambda route: route.continue_(url=f"{unhurried.url}{UNKNOWN}"))
    card = running(unhurried)
    button = card.get_by_role("button")
    with unhurried.expect_request(lambda request: request.method == "POST") as asked:
        button.click()
    assert asked.value.headers["content-type"] == "application/json"
    expect(card.locator(".cancel-problem")).to_have_text(
        "Not cancelled: no operation 'no-such-operation' is running, or has ended lately"
    )
    expect(button).to_be_enabled()
    expect(button).to_have_text("Cancel")
    expect(unhurried.locator("#announcements")).to_contain_text("could not be cancelled")


def test_a_cancellation_under_way_cannot_be_asked_for_twice(unhurried: Page) -> None:
    """The button says so and keeps the focus, and what is pressed meanwhile is not sent."""
    asked: list[Route] = []

    def hold(route: Route) -> None:
        asked.append(route)

    unhurried.route("**/*:cancel", hold)
    card = running(unhurried)
    button = card.get_by_role("button")
    button.press("Enter")
    expect(button).to_be_disabled()
    expect(button).to_have_accessible_name(f"Cancelling {card.get_by_role('heading').inner_text()}")
    button.press("Enter")
    button.click(force=True)
    expect(button).to_be_focused()
    (only,) = asked
    only.fulfill(json={})


def test_operations_that_have_ended_are_there_after_a_reload(page: Page) -> None:
    """The stream begins with those that run; the others are asked for."""
    ended = page.locator(".ended article.operation").first
    expect(ended).to_be_visible(timeout=PATIENCE_MS)
    known = ended.evaluate("card => ({...card.dataset})")
    page.reload()
    again = page.locator(f".ended article.operation[data-id='{known['id']}']")
    expect(again).to_have_attribute("data-state", known["state"])
    expect(page.locator(f"#summary [data-state='{known['state']}']")).not_to_have_class("none")


def test_the_numbers_of_the_log_are_shown_and_grow(page: Page) -> None:
    """By level, filters or not, again and again while the page is looked at."""
    page.locator("#log-level").select_option("error")
    debug = page.locator(".log-stats [data-level='debug'] .count")
    expect(debug).to_be_visible(timeout=PATIENCE_MS)
    for _ in range(3):
        page.wait_for_function(MORE, arg=debug.inner_text())
    expect(page.locator(".log-stats-summary")).to_have_text(re.compile(r"since \d\d:\d\d:\d\d · [\d,]+ entries kept"))


def test_earlier_entries_are_loaded_above_the_others(page: Page) -> None:
    """Oldest first and none twice, and the reader's place is kept."""
    rows = page.locator("#logs tbody tr.log")
    expect(rows.nth(150)).to_be_attached(timeout=PATIENCE_MS)
    page.reload()
    expect(rows.nth(99)).to_be_attached(timeout=PATIENCE_MS)
    page.locator(".pause").click()
    earlier = page.get_by_role("button", name="Load earlier entries")
    earlier.scroll_into_view_if_needed()
    known = rows.first.get_attribute("data-id")
    top = page.locator(f"tr[data-id='{known}']")
    place = top.bounding_box()
    before = rows.count()
    earlier.click()
    expect(rows.nth(before + 20)).to_be_attached(timeout=PATIENCE_MS)
    identities = rows.evaluate_all("rows => rows.map(row => row.dataset.id)")
    assert len(set(identities)) == len(identities)
    first = identities.index(known)
    times = rows.locator("time").evaluate_all("times => times.map(time => Date.parse(time.dateTime))")
    assert first > 20
    assert times[:first] == sorted(times[:first])
    assert times[0] < times[first]
    now = top.bounding_box()
    assert place is not None
    assert now is not None
    assert abs(place["y"] - now["y"]) < 2


def test_a_backend_that_comes_later_is_asked_then(browser: Browser, material: Path) -> None:
    """The page was there first: with the backend's operations come the ways to cancel them."""
    slowly = ("--rate-mib-per-second", "0.02")
    with ExitStack() as stack:
        backend = ingest(material, *slowly)
        stack.callback(backend.stop)
        port = int(backend.address.rpartition(":")[2])
        backend.stop()
        server = gateway("serve", "--upstream", backend.address)
        stack.callback(server.stop)
        page = browser.new_page()
        stack.callback(page.close)
        with page.expect_response(OPERATIONS) as asked:
            page.goto(f"http://{server.address}/")
        assert asked.value.status == 503
        stack.callback(ingest(material, *slowly, port=port).stop)
        running(page)


@pytest.fixture
def older(browser: Browser) -> Iterator[Page]:
    """The page in front of a backend that has the two streams, one operation and one log entry, and no other method."""
    with older_backend() as address:
        program = gateway("serve", "--upstream", address)
        page = browser.new_page()
        page.goto(f"http://{program.address}/")
        yield page
        page.close()
        program.stop()


def test_an_older_backend_shows_as_much_as_it_has(older: Page) -> None:
    """No button that nobody answers, no numbers that nobody has, and no complaint."""
    with older.expect_response(re.compile("/logs/stats$")) as stats, older.expect_response(OPERATIONS) as operations:
        older.reload()
    assert (stats.value.status, operations.value.status) == (501, 501)
    expect(older.get_by_role("heading", name="Old work")).to_be_visible()
    expect(older.locator("#logs tbody tr.log")).to_have_count(1)
    expect(older.locator(".cancel")).to_be_hidden()
    expect(older.locator(".log-stats")).to_be_hidden()
    expect(older.locator(".load-earlier")).to_be_hidden()
    expect(older.locator(".connection-problem").first).to_be_hidden()


def running(page: Page) -> Locator:
    """The card of an operation that runs at this moment, whatever becomes of it."""
    newest = page.locator("article.operation[data-state='running']").first
    expect(newest.get_by_role("button")).to_be_visible(timeout=PATIENCE_MS)
    return page.locator(f"article.operation[data-id='{newest.get_attribute('data-id')}']")
