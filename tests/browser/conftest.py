"""A headless Chromium, and people who sign in through the real form."""

import os
import shutil
import threading

import pytest
from playwright.sync_api import sync_playwright

# Playwright's loop makes Django believe that the test itself is asynchronous; it is not.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

PASSWORD = "correct horse battery"
QUIET = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]


@pytest.fixture(scope="session")
def chromium():
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.fail("The browser tests need Chromium on the PATH (Debian: apt-get install chromium).", pytrace=False)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def sign_in(chromium, live_server):
    """Sign somebody in and return their page, at the site's front door: `sign_in(cast.buyer, width=390)`.

    When the test ends, no page may have logged an error or raised one.
    """
    contexts, errors = [], []

    def make(user, *, width=1440, language="en", scheme="light", javascript=True):
        user.set_password(PASSWORD)
        user.language = language
        user.save()
        context = chromium.new_context(
            base_url=live_server.url,
            viewport={"width": width, "height": 900},
            color_scheme=scheme,
            java_script_enabled=javascript,
            locale="zh-CN" if language == "zh-hans" else "en-GB",
        )
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: errors.append(f"{page.url}: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: errors.append(f"{page.url}: {error}"))
        page.goto("/signin/")
        page.fill("[name=username]", user.username)
        page.fill("[name=password]", PASSWORD)
        page.click("main form button.primary")
        page.wait_for_url(lambda url: "/signin/" not in url)
        return page

    yield make
    for context in contexts:
        context.close()
    wait_for_the_live_server()
    assert errors == []


def wait_for_the_live_server():
    """Its threads end when the browser hangs up, a moment later; until then each holds a connection to the database."""
    for thread in threading.enumerate():
        if "process_request_thread" in thread.name:
            thread.join(10)
            assert not thread.is_alive(), "a connection of the browser is still open"
