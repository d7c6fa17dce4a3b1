"""Debian's Chromium, driven by Playwright; whatever it asks of others than this machine fails."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

# Its sandbox needs a user of its own, which a build machine has not.
_FLAGS = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser; skips the test where there is none."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.skip("there is no Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=_FLAGS)
        yield browser
        browser.close()


@contextmanager
def open_page(browser: Browser, url: str, **options: object) -> Iterator[Page]:
    """A page that may ask nobody but the server of `url`, and complains of nothing."""
    context = browser.new_context(**options)  # type: ignore[arg-type]
    page = context.new_page()
    asked: list[str] = []
    problems: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(url)
    yield page
    context.close()
    server = urlsplit(url).netloc
    others = [each for each in asked if urlsplit(each).scheme not in ("blob", "data")]
    assert {urlsplit(each).netloc for each in others} == {server}
    assert problems == []
