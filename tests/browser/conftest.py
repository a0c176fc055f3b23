"""The whole portal as `make run` starts it, and a browser to use it with."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.support.memory import quick_folder

ROOT = Path(__file__).parents[2]
PASSWORD = "portail-demo"
SHOTS = Path(__file__).with_name("shots")
CHROMIUM = shutil.which(os.environ.get("PORTAIL_CHROMIUM") or "chromium")


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
    """`portail run` on the demo school; stopped with TERM at the end."""
    with quick_folder() as folder:
        data_dir, output = folder / "var", folder / "output"
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


def logged_in(browser: Browser, portal: Portal, email: str) -> Page:
    """A page of somebody logged in; every error on the console fails the test that shows it."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.set_default_timeout(10_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.goto(f"{portal.url}/connexion")
    page.get_by_label("Courriel").fill(email)
    page.get_by_label("Mot de passe").fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()
    page.get_by_role("button", name="Se déconnecter").wait_for()
    return page


def shot(page: Page, name: str) -> None:
    """Keep a picture for people to look at."""
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{name}.png", full_page=True)
