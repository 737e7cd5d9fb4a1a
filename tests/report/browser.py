"""Opens a page in headless Chromium and keeps what it said, what it asked for, and what axe-core finds."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
_FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
AXE = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")


class Visit:
    """A page opened from its file, with everything that it said on its console and asked for besides itself."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.console: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: self.console.append(f"error: {error}"))
        page.on("request", lambda request: self.requests.append(request.url))

    def open(self, path: Path) -> "Visit":
        """Opens the file; the request for it is not one of the page's own."""
        self.page.goto(path.as_uri())
        self.requests.remove(path.as_uri())
        return self

    def shown(self, selector: str) -> int:
        """How many elements of a selector are to be seen."""
        seen = "e => e.getClientRects().length && e.checkVisibility()"
        return int(self.page.evaluate(f"s => [...document.querySelectorAll(s)].filter({seen}).length", selector))

    def beyond(self) -> int:
        """By how many px the page is wider than its window."""
        return int(self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def violations(self) -> list[str]:
        """What axe-core calls serious or critical, in words; its script runs outside the page's policy."""
        self.page.evaluate(AXE)
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        return [
            f"{one['impact']} {one['id']}: {one['help']}: {node['html'][:160]}"
            for one in found["violations"]
            if one["impact"] in ("serious", "critical")
            for node in one["nodes"]
        ]


@contextmanager
def launched() -> Iterator[Browser]:
    """Headless Chromium as the machine has it; a test that needs it is skipped where it is not installed."""
    if CHROMIUM is None:
        pytest.skip("chromium is not installed")
    with sync_playwright() as started:
        running = started.chromium.launch(executable_path=CHROMIUM, args=_FLAGS)
        try:
            yield running
        finally:
            running.close()


class Visits:
    """Opens texts as pages, each in a window of its own."""

    def __init__(self, running: Browser, folder: Path) -> None:
        self._running = running
        self._folder = folder

    def __call__(self, text: str, **options: Any) -> Visit:
        """The text opened from a file; `options` as playwright's new_context takes them."""
        path = self._folder / "page.html"
        path.write_text(text, encoding="utf-8")
        return self.open(path, **options)

    def open(self, path: Path, **options: Any) -> Visit:
        """A page that lies there already."""
        context = self._running.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        return Visit(context.new_page()).open(path)
