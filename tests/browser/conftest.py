"""The whole portal as `make run` starts it, a browser to use it with, and people who walk through it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.prepared import Prepared, prepared
from tests.browser.walking import PASSWORD, PATIENCE, ROOT, SIZES, Walker, entered, logs_in
from tests.support.memory import quick_folder

SHOTS = Path(__file__).with_name("shots")
CHROMIUM = shutil.which(os.environ.get("PORTAIL_CHROMIUM") or "chromium")
By = Callable[..., Walker]


@dataclass(frozen=True)
class Portal:
    """A running portal."""

    url: str
    data_dir: Path

    def command(self, *words: str) -> str:
        """What `portail …` prints."""
        done = subprocess.run(
            [sys.executable, "-m", "service", *words],
            cwd=ROOT,
            env=environment(self.data_dir),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        return done.stdout


def environment(data_dir: Path) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("PORTAIL_")}
    return kept | {"PORTAIL_DATA_DIR": str(data_dir), "PORTAIL_PORT": "8000", "PORTAIL_TEST_CLOCK": "1"}


@pytest.fixture(scope="session")
def portal() -> Iterator[Portal]:
    """`portail run` on a small demo school, which a walk finds as full; stopped with TERM at the end."""
    with quick_folder() as folder:
        data_dir, output = folder / "var", folder / "output"
        made = Portal("", data_dir)
        made.command("migrate")
        made.command("demo", "--clients", "60")
        with output.open("w") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "service", "run"],
                cwd=ROOT,
                env=environment(data_dir),
                stdout=file,
                stderr=subprocess.STDOUT,
            )
        try:
            yield Portal(_address(process, output), data_dir)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _address(process: subprocess.Popen[bytes], output: Path) -> str:
    give_up = time.monotonic() + 120
    while time.monotonic() < give_up and process.poll() is None:
        found = re.search(r"prêt en .* : (http://\S+)", output.read_text())
        if found:
            return found[1]
        time.sleep(0.2)
    raise AssertionError(output.read_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for a module: while it is open, the thread runs an event loop that others would meet."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM)
        yield launched
        launched.close()


@pytest.fixture(scope="module", params=["desktop", pytest.param("tablet", marks=pytest.mark.long)])
def size(request: pytest.FixtureRequest) -> str:
    """Staff work at a desk, which is walked with every change; a tablet before a release too."""
    return str(request.param)


@pytest.fixture(scope="session")
def known() -> dict[str, Any]:
    """Who logged in already, with their cookies."""
    return {}


@pytest.fixture(scope="module")
def shots(request: pytest.FixtureRequest) -> Path | None:
    """Where pictures are kept, which the short lane does without."""
    return None if "not long" in request.config.option.markexpr else SHOTS


@pytest.fixture(scope="module")
def by(
    browser: Browser, portal: Portal, size: str, known: dict[str, Any], shots: Path | None
) -> Iterator[By]:
    """A walker by the local part of an address, one page each."""
    walkers: dict[str, Walker] = {}

    def walker(name: str, password: str = PASSWORD) -> Walker:
        if name not in walkers:
            page = entered(browser, portal.url, f"{name}@example.com", size, known, password)
            walkers[name] = Walker(page, portal.url, shots and shots / size)
        return walkers[name]

    yield walker
    for each in walkers.values():
        each.page.context.close()


@pytest.fixture(scope="module")
def school(by: By, portal: Portal) -> Prepared:
    return prepared(by("office").page, portal.url)


@pytest.fixture(scope="module")
def anybody(browser: Browser) -> Iterator[Page]:
    """The telephone of somebody who has not logged in."""
    context = browser.new_context(locale="fr-CA", viewport=SIZES["phone"])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    yield page
    context.close()


def logged_in(browser: Browser, portal: Portal, email: str) -> Page:
    """A page of somebody logged in; every error on the console fails the test that shows it."""
    page = browser.new_context(locale="fr-CA", viewport=SIZES["desktop"]).new_page()
    page.set_default_timeout(PATIENCE)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    logs_in(page, portal.url, email, PASSWORD)
    page.get_by_role("button", name="Se déconnecter").wait_for()
    return page


def shot(page: Page, name: str) -> None:
    """Keep a picture for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
