"""A gateway that is started before the backend whose contract it has to ask for."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser

from gateway.web.listeners import listen
from tests.end_to_end.kitchen import CONFIG, FOLLOW, kitchen_backend
from tests.support.processes import gateway, wait_until

OPEN = """path => {
  window.seen = [];
  window.opened = 0;
  const source = new EventSource(path);
  source.addEventListener("open", () => { window.opened += 1; });
  for (const name of ["accepted", "dish_served", "bill", "stream-end"])
    source.addEventListener(name, ({ type, data }) => window.seen.push([type, JSON.parse(data)]));
  window.source = source;
}"""


def test_an_event_source_in_chromium_connects_by_itself_once_the_backend_is_there(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until then its path is answered with 200, `retry:` and the end; any other status would make it give up."""
    monkeypatch.setenv("GATEWAY_STREAM_RETRY_MILLISECONDS", "100")
    config = tmp_path / "gateway.toml"
    config.write_text(CONFIG)
    # Nobody listens there until the backend does.
    with listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
    server = gateway("serve", "--config", str(config), "--upstream", f"127.0.0.1:{port}")
    page, backend = browser.new_page(), None
    try:
        page.goto(f"http://{server.address}/healthz")
        page.evaluate(OPEN, f"{FOLLOW}?table=4&dishes=soup")
        wait_until(lambda: page.evaluate("window.opened") > 2)
        assert page.evaluate("window.seen") == []
        early = httpx.get(f"http://{server.address}{FOLLOW}", headers={"accept": "text/event-stream"}, trust_env=False)
        assert early.status_code == 200
        assert "retry: " in early.text
        assert "data:" not in early.text
        backend = kitchen_backend(tmp_path, port=port)
        wait_until(lambda: len(page.evaluate("window.seen")) == 4)
        assert [name for name, _ in page.evaluate("window.seen")] == ["accepted", "dish_served", "bill", "stream-end"]
        assert page.evaluate("window.seen")[1][1]["price_cents"] == "650"
        wait_until(lambda: page.evaluate("window.source.readyState") == 2)
    finally:
        page.close()
        if backend is not None:
            backend.stop(signal.SIGKILL)
        assert server.stop() == 0
