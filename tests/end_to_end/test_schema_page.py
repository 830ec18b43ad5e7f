"""The documentation at `/schema` in Chromium, with the network closed but for the gateway."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.support.hostile import METHODS, hostile_contract
from tests.support.processes import Program, gateway

DOCUMENTS = ("/schema/openapi.json", "/schema/openapi-3.2.json")
PATIENCE_MS = 30_000
OF_A_REFUSAL = "the server responded with a status of 400"
DATA_ROWS = ":scope > tbody > tr:not(.nested)"


class Visit:
    """One visit of the page: what it asked for and what it complained of."""

    def __init__(self, browser: Browser, address: str, width: int = 1280, scheme: Any = "light") -> None:
        self.page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page.set_default_timeout(PATIENCE_MS)
        self.address = address
        self.hosts: set[str] = set()
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(said.text) if said.type == "error" else None)
        self.page.route("**/*", self._only_the_gateway)

    def _only_the_gateway(self, route: Route) -> None:
        if urlsplit(route.request.url).netloc == self.address:
            route.continue_()
        else:
            route.abort()

    def open(self, fragment: str = "") -> Page:
        """Loads the page and waits until all of the document is shown."""
        self.page.goto(f"http://{self.address}/schema{fragment}")
        expect(self.page.locator("main:not([aria-busy])")).to_be_attached(timeout=PATIENCE_MS)
        return self.page


@contextmanager
def visit(browser: Browser, address: str, width: int = 1280, scheme: str = "light") -> Iterator[Visit]:
    """A visit that must end without a complaint and without a request to another host."""
    visiting = Visit(browser, address, width, scheme)
    try:
        yield visiting
        assert visiting.hosts == {address}
        assert [each for each in visiting.complaints if OF_A_REFUSAL not in each] == []
    finally:
        visiting.page.close()


@pytest.fixture(scope="module")
def alone() -> Iterator[str]:
    """The address of a gateway whose backend is away: documentation needs none."""
    program = gateway("serve", "--upstream", "127.0.0.1:1")
    yield program.address
    program.stop()


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a gateway with a contract that would rather not be shown."""
    file = tmp_path_factory.mktemp("contract") / "hostile.binpb"
    file.write_bytes(hostile_contract())
    program = gateway("serve", "--upstream", "127.0.0.1:1", "--descriptor-set", str(file))
    yield program.address
    program.stop()


def document(address: str, path: str) -> Any:
    """A document as it is published."""
    return httpx.get(f"http://{address}{path}", timeout=10).json()


def visible_texts(root: Page | Locator, selector: str) -> list[str]:
    """The texts of the elements that can be seen."""
    texts = root.locator(selector).evaluate_all(
        "all => all.filter(each => each.checkVisibility()).map(each => each.textContent)"
    )
    return [str(text) for text in texts]


def no_wider_than_its_window(page: Page) -> bool:
    """True where nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def payload_keys(schemas: dict[str, Any]) -> set[str]:
    """Every key of every payload; the envelopes (`id`, `event`, `data`) are no payloads."""
    payloads = (schema for name, schema in schemas.items() if not name.endswith("Message"))
    return {key for schema in payloads for key in schema.get("properties", {})}


def event_names(schemas: dict[str, Any]) -> set[str]:
    """The name in every envelope."""
    return {each["properties"]["event"]["const"] for name, each in schemas.items() if name.endswith("Message")}


@pytest.mark.parametrize("path", ["/schema", "/schema/app.js", "/page/style.css", "/"])
def test_a_file_is_not_sent_twice(alone: str, path: str) -> None:
    """Whoever has the current one is told so; all come with the policy that allows no other host."""
    first = httpx.get(f"http://{alone}{path}")
    assert (first.status_code, first.headers["content-security-policy"]) == (200, "default-src 'self'")
    again = httpx.get(f"http://{alone}{path}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", [file.name for file in files("gateway.web").joinpath("schema").iterdir()])
def test_no_file_names_a_foreign_address(name: str) -> None:
    """Nor writes markup from text."""
    text = files("gateway.web").joinpath("schema", name).read_text()
    assert re.findall(r"https?://|innerHTML|insertAdjacentHTML|document\.write", text) == []


@pytest.mark.parametrize("path", DOCUMENTS)
def test_every_event_and_every_key_of_a_document_can_be_seen(browser: Browser, alone: str, path: str) -> None:
    """Without opening anything."""
    schemas = document(alone, path)["components"]["schemas"]
    with visit(browser, alone) as visiting:
        page = visiting.open()
        assert event_names(schemas) <= set(visible_texts(page, "h4 .event-name"))
        assert payload_keys(schemas) <= set(visible_texts(page, ".key"))
        assert page.locator(f"a[href='{path.removeprefix('/')}']").is_visible()


def test_a_table_tells_which_keys_are_required(browser: Browser, alone: str) -> None:
    """Key by key, in the order of the document."""
    payload = document(alone, DOCUMENTS[0])["components"]["schemas"]["ProgressErrorEvent"]
    expected = [f"{key}{'required' if key in payload['required'] else ''}" for key in payload["properties"]]
    with visit(browser, alone) as visiting:
        tables = visiting.open().locator("#WatchProgress .payload > table.fields")
        expect(tables).to_have_count(1)
        assert visible_texts(tables, f"{DATA_ROWS} > th") == expected


def test_the_values_of_an_enum_stand_one_by_one(browser: Browser, alone: str) -> None:
    """As chips, in the order of the contract."""
    states = document(alone, DOCUMENTS[0])["components"]["schemas"]["ProgressErrorEvent"]["properties"]["state"]["enum"]
    with visit(browser, alone) as visiting:
        table = visiting.open().locator("#WatchProgress .payload > table.fields")
        row = table.locator(DATA_ROWS).filter(has=visiting.page.locator(":scope > th .key", has_text="state")).first
        assert visible_texts(row, ".chips code") == states


def test_an_example_is_a_frame_and_follows_the_link_to_its_event(browser: Browser, alone: str) -> None:
    """`#WatchProgress/completed` leads to the event, and its example is shown."""
    with visit(browser, alone) as visiting:
        page = visiting.open("#WatchProgress/completed")
        expect(page.locator(".event-heading.current .event-name")).to_have_text("completed")
        expect(page.locator(".event-heading.current")).to_be_in_viewport()
        example = page.locator("#WatchProgress .example pre")
        expect(example).to_contain_text("event: completed\ndata: {")
        page.get_by_role("button", name="cancelled", exact=True).click()
        expect(example).to_contain_text("event: cancelled\ndata: {")


def test_listen_shows_real_events(browser: Browser, server: Program) -> None:
    """Their names, counts and data; pausing holds the list and stopping ends the stream."""
    with visit(browser, server.address) as visiting:
        panel = listening(visiting.open(), "WatchProgress")
        expect(panel.locator(".pill")).to_have_text("Live", timeout=PATIENCE_MS)
        expect(panel.locator(".counts")).to_contain_text("progress", timeout=PATIENCE_MS)
        expect(panel.locator(".arrival-data")).to_contain_text('"operation_name": "')
        panel.locator(".arrival").last.click()
        expect(panel.locator(".arrival[aria-pressed='true']")).to_have_count(1)
        panel.get_by_role("button", name="Stop").click()
        expect(panel.locator(".pill")).to_have_text("Ended")


def test_what_is_to_be_copied_follows_the_form(browser: Browser, alone: str) -> None:
    """The address, the curl line and the code have the chosen values, and no parameter that was left empty."""
    with visit(browser, alone) as visiting:
        page = visiting.open()
        page.locator("#StreamLogs > .listen > summary").click()
        form = page.locator("#StreamLogs .listen-form")
        form.get_by_label("warn", exact=True).check()
        form.get_by_label("error", exact=True).check()
        form.locator("input[name=module]").fill("it's new")
        url = f"http://{alone}/api/v1/logs/stream?level=warn&level=error&module=it%27s+new"
        snippets = page.locator("#StreamLogs .snippets pre")
        expect(snippets.nth(0)).to_have_text(url)
        expect(snippets.nth(1)).to_have_text(f"curl -N '{url}'")
        expect(snippets.nth(2)).to_contain_text(f'new EventSource("{url}")')


def test_a_refusal_is_told_in_the_words_of_the_gateway(browser: Browser, alone: str) -> None:
    """EventSource would tell nothing."""
    with visit(browser, alone) as visiting:
        page = visiting.open()
        page.locator("#StreamLogs > .listen > summary").click()
        page.locator("#StreamLogs").locator("input[name=initial]").fill("9999")
        page.locator("#StreamLogs").get_by_role("button", name="Start").click()
        expect(page.locator("#StreamLogs").get_by_role("alert")).to_contain_text("HTTP 400: initial: ")
        expect(page.locator("#StreamLogs .pill")).to_have_text("Ended")


def test_streams_come_first_and_then_what_is_asked_once(browser: Browser, alone: str) -> None:
    """On the page and in its contents, each with its HTTP method; every operation is there."""
    paths = document(alone, DOCUMENTS[0])["paths"]
    shown = {operation["operationId"]: verb.upper() for item in paths.values() for verb, operation in item.items()}
    with visit(browser, alone) as visiting:
        page = visiting.open()
        ids = page.locator("main > section").evaluate_all("all => all.map(({ id }) => id)")
        assert ids[:3] == ["StreamLogs", "WatchProgress", "own-events"]
        assert set(ids) == {*shown, "own-events", "error-responses"}
        links = page.locator("#page-contents > ul > li > a").evaluate_all("all => all.map(({ hash }) => hash.slice(1))")
        assert links == ids
        for name, verb in shown.items():
            expect(page.locator(f"#{name} .method")).to_have_text(verb)


def test_an_operation_shows_its_parameters_its_body_and_its_answer(browser: Browser, alone: str) -> None:
    """With an example of the answer."""
    with visit(browser, alone) as visiting:
        section = visiting.open("#CancelOperation").locator("#CancelOperation")
        expect(section.locator("h2")).to_be_in_viewport()
        expect(section.locator(".parameters .key")).to_have_text("id")
        assert visible_texts(section, "h3") == ["Parameters", "Body", "Answer"]
        expect(section.get_by_label("Fields of the body of CancelOperation").locator(".key")).to_have_text("reason")
        answer = section.get_by_label("Fields of the answer of CancelOperation").first
        answer.locator("summary").first.click()
        expect(answer).to_contain_text("overall_percentage")
        expect(section.locator(".example pre")).to_contain_text('"operation_name": "Nightly ingest"')


def test_what_is_to_be_copied_of_an_operation_has_its_body(browser: Browser, alone: str) -> None:
    """Quoted for a shell, with the HTTP method and the content type; the body begins with what the contract tells."""
    with visit(browser, alone) as visiting:
        page = visiting.open()
        page.locator("#CancelOperation > .listen > summary").click()
        form = page.locator("#CancelOperation .listen-form")
        form.locator("input[name=id]").fill("op 1")
        body = form.get_by_label("request body")
        assert '"reason": "started by mistake"' in body.input_value()
        body.fill('{"reason": "it\'s late"}')
        url = f"http://{alone}/api/v1/progress/operations/op%201:cancel"
        line = f"curl -H 'content-type: application/json' -d '{{\"reason\": \"it'\\''s late\"}}' '{url}'"
        snippets = page.locator("#CancelOperation .snippets pre")
        expect(snippets.nth(0)).to_have_text(url)
        expect(snippets.nth(1)).to_have_text(line)
        expect(snippets.nth(2)).to_contain_text('method: "POST"')


def test_an_operation_can_be_asked_with_the_keyboard_alone(browser: Browser, server: Program) -> None:
    """Its answer is shown as it came; a refusal with its status."""
    with visit(browser, server.address) as visiting:
        page = visiting.open()
        panel = page.locator("#ListOperations > .listen")
        panel.locator("summary").focus()
        page.keyboard.press("Enter")
        limit = panel.locator("input[name=limit]")
        limit.focus()
        page.keyboard.type("1")
        page.keyboard.press("Enter")
        expect(panel.locator(".pill")).to_have_text("HTTP 200", timeout=PATIENCE_MS)
        expect(panel.locator(".answer")).to_contain_text('"operations": [')
        limit.fill("9999")
        page.keyboard.press("Enter")
        expect(panel.locator(".pill")).to_have_text("HTTP 400")
        expect(panel.locator(".answer")).to_contain_text("expected an integer from 1 to 500")


def test_what_event_source_cannot_ask_for_is_there_to_be_copied(browser: Browser, hostile: str) -> None:
    """A stream that is asked for with POST: no button that could not work."""
    with visit(browser, hostile) as visiting:
        page = visiting.open()
        expect(page.locator("#Follow .method")).to_have_text("POST")
        page.locator("#Follow > .listen > summary").click()
        page.locator("#Follow input[name=name]").fill("a/b c")
        # All that remains of the path: its slashes are no part of a segment.
        expect(page.locator("#Follow .snippets pre").first).to_have_text(f"http://{hostile}/v1/follow/a/b%20c")
        expect(page.locator("#Follow .snippets pre").nth(1)).to_contain_text("curl -N -H 'content-type: ")
        expect(page.locator("#Follow").get_by_role("button", name="Send")).to_have_count(0)
        expect(page.locator("#Follow").get_by_role("button", name="Start")).to_have_count(0)


def listening(page: Page, stream: str) -> Locator:
    """The opened panel of a stream that is listened to."""
    panel = page.locator(f"#{stream} > .listen")
    panel.locator("summary").click()
    panel.get_by_role("button", name="Start").click()
    return panel


def test_dark_is_not_light(browser: Browser, alone: str) -> None:
    """The page has the colours that its reader asks for."""
    colours = set()
    for scheme in ("light", "dark"):
        with visit(browser, alone, scheme=scheme) as visiting:
            colours.add(visiting.open().evaluate("getComputedStyle(document.body).backgroundColor"))
    assert len(colours) == 2


def test_a_narrow_screen_needs_no_scrolling_sideways(browser: Browser, alone: str) -> None:
    """With a listening panel open as well."""
    with visit(browser, alone, width=360) as visiting:
        page = visiting.open()
        page.locator("#StreamLogs > .listen > summary").click()
        assert no_wider_than_its_window(page)


def test_the_page_can_be_asked_for_with_a_slash(browser: Browser, alone: str) -> None:
    """Its files are named relative to the path without one."""
    with visit(browser, alone) as visiting:
        page = visiting.open("/")
        assert urlsplit(page.url).path == "/schema"


@pytest.mark.parametrize("width", [360, 1280])
def test_a_hostile_contract_is_shown_as_text(browser: Browser, hostile: str, width: int) -> None:
    """Markup in comments and names does nothing; types that contain themselves, many methods and long names fit."""
    with visit(browser, hostile, width=width) as visiting:
        page = visiting.open()
        expect(page.locator("section.stream")).to_have_count(METHODS + 2)
        expect(page.locator("main script, main img")).to_have_count(0)
        assert page.evaluate("window.stolen") is None
        expect(page.locator("#Watch0 > .stream-header")).to_contain_text("<script>window.stolen = 1</script>")
        page.locator("#Watch0 details").evaluate_all("all => all.forEach(each => (each.open = true))")
        page.locator("#Write details").evaluate_all("all => all.forEach(each => (each.open = true))")
        expect(page.locator("#Write .again").first).to_be_visible()
        expect(page.locator("#Watch0 .again").first).to_be_visible()
        expect(page.locator("#Watch0 .rule").first).to_have_text("At most one of left, right is there.")
        assert no_wider_than_its_window(page)


def test_a_parameter_of_the_path_is_asked_for(browser: Browser, hostile: str) -> None:
    """Listening starts only once it is given, and it stands in the address."""
    with visit(browser, hostile) as visiting:
        page = visiting.open()
        page.locator("#Watch1 > .listen > summary").click()
        address = page.locator("#Watch1 .snippets pre").first
        expect(address).to_have_text(f"http://{hostile}/v1/1/%7Bname%7D/events")
        page.locator("#Watch1").get_by_role("button", name="Start").click()
        expect(page.locator("#Watch1 .pill")).to_be_hidden()
        page.locator("#Watch1").locator("input[name=name]").fill("a/b c")
        expect(address).to_have_text(f"http://{hostile}/v1/1/a%2Fb%20c/events")


def test_an_event_without_a_name_is_shown_without_one(browser: Browser, hostile: str) -> None:
    """EventSource fires it as `message`; the wire has no `event:`."""
    with visit(browser, hostile) as visiting:
        page = visiting.open()
        expect(page.locator("#Unnamed .event-name").first).to_have_text("message")
        expect(page.locator("#Unnamed .example pre")).to_contain_text("data: ")
        expect(page.locator("#Unnamed .example pre")).not_to_contain_text("event:")
