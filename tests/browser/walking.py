"""People who walk through the tasks of docs/taches.md in a browser, and how each click is held to its row."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, Locator, Page, ViewportSize, expect

from service.demo.school_maker import TOTP_SECRET

ROOT = Path(__file__).parents[2]
PASSWORD = "portail-demo"
SIZES: dict[str, ViewportSize] = {
    "desktop": {"width": 1280, "height": 900},
    "tablet": {"width": 768, "height": 1024},
    "phone": {"width": 375, "height": 800},
}
WITH_CODE = ("accounting@example.com", "admin@example.com")
_ROW = re.compile(r"^\| (\d+) \|[^|]*\|[^|]*\| ([^|]+) \|", re.MULTILINE)
_NAMED = re.compile(r"«\s(.+?)\s»")
PATIENCE = 10_000
"""Milliseconds for a page of the whole portal."""
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""So many pixels reach beyond the screen."""


@cache
def named_clicks() -> dict[int, tuple[str, ...]]:
    """By task, the clicks that its row names, in quotation marks."""
    rows = _ROW.findall((ROOT / "docs" / "taches.md").read_text("utf-8"))
    return {int(number): tuple(_NAMED.findall(path)) for number, path in rows}


class Clicks:
    """The clicks of one task that are left; a walk that makes another needs more than its row says."""

    def __init__(self, task: int) -> None:
        self.task, self.left = task, list(named_clicks()[task])

    def made(self, name: str) -> None:
        """One click on what is called so, or begins so where the row leaves the rest out."""
        for each in self.left:
            if name.startswith(each.removesuffix("…")):
                self.left.remove(each)
                return
        raise AssertionError(f"task {self.task} clicks on {name!r}; its row has left: {self.left}")


class Walker:
    """Somebody logged in at the portal, on a screen of that size."""

    def __init__(self, page: Page, url: str, shots: Path | None) -> None:
        self.page, self.url, self.shots = page, url, shots
        self.main = page.locator("main")
        self.clicks: Clicks | None = None

    @contextmanager
    def task(self, number: int) -> Iterator[None]:
        """One task, by the clicks that its row names; how its last page looks is kept for people."""
        around, self.clicks = self.clicks, Clicks(number)
        yield
        self.clicks = around
        assert self.page.evaluate(TOO_WIDE) <= 0, f"task {number}: {self.page.url} is too wide"
        if self.shots is not None:
            self.shots.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.shots / f"{number:02}.png", full_page=True)

    def _click(self, found: Locator, name: str) -> None:
        if self.clicks is not None:
            self.clicks.made(name)
        found.first.click()

    def finds(self, words: str, address: str) -> None:
        """A dossier, or a workshop of these days: by the search on every page."""
        self.page.locator("#find").fill(words)
        self.page.locator("#find").press("Enter")
        self.main.locator(f'a[href="{address}"]').first.click()
        self.page.wait_for_url(f"{self.url}{address}")

    def finds_date(self, activity: str, workshop: str) -> None:
        """A workshop to come, in the list of its activity's dates with the cancelled ones."""
        self.at(f"/ateliers?activite={activity}&supprimes=oui")
        self.main.locator(f'a[href="/ateliers/{workshop}/participants"]').click()
        self.page.wait_for_url("**/participants")

    def goes(self, name: str) -> None:
        """A page of the bar at the top."""
        self._click(self.page.locator(".bar").get_by_role("link", name=name, exact=True), name)
        expect(self.main.locator("h1")).to_be_visible()

    def at(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(f"{self.url}{path}")

    def press(self, name: str, within: Locator | None = None) -> None:
        """The first button of that name."""
        self._click((within or self.main).get_by_role("button", name=name), name)

    def follow(self, name: str, within: Locator | None = None) -> None:
        """The first link of that name."""
        self._click((within or self.main).get_by_role("link", name=name), name)

    def opens(self, name: str) -> None:
        """A link that the row says without quotation marks, as somebody gave it its name."""
        self.main.get_by_role("link", name=name).first.click()

    def unfold(self, name: str) -> Locator:
        """A part of the page that is folded away."""
        part = self.main.locator("details", has=self.page.locator("summary", has_text=name)).first
        self._click(part.locator("summary"), name)
        return part

    def fill(self, **values: str) -> None:
        """Fields by their ids, `__` for `-`; selects by value."""
        for name, value in values.items():
            found = self.page.locator(f'[id="{name.replace("__", "-")}"]')
            if found.evaluate("f => f.tagName") == "SELECT":
                found.select_option(value)
            else:
                found.fill(value)

    def choose(self, **values: str) -> None:
        """Filters, which apply as they are chosen."""
        for name, value in values.items():
            with self.page.expect_navigation():
                self.page.locator(f"#{name}").select_option(value)

    def sees(self, *texts: str) -> None:
        """Who looks before the page has caught up looks again."""
        for text in texts:
            try:
                expect(self.main).to_contain_text(text)
            except AssertionError:
                self.page.reload()
                expect(self.main).to_contain_text(text)


def entered(
    browser: Browser, url: str, email: str, size: str, known: dict[str, Any], password: str = PASSWORD
) -> Page:
    """A page of somebody logged in; each logs in once, as a code of the second factor works once."""
    if email not in known:
        context = browser.new_context(locale="fr-CA")
        page = context.new_page()
        logs_in(page, url, email, password)
        page.get_by_role("button", name="Se déconnecter").wait_for()
        known[email] = context.storage_state()
        context.close()
    context = browser.new_context(locale="fr-CA", viewport=SIZES[size], storage_state=known[email])
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    return page


def logs_in(page: Page, url: str, email: str, password: str) -> None:
    page.goto(f"{url}/connexion")
    page.get_by_label("Courriel").fill(email)
    page.get_by_label("Mot de passe").fill(password)
    if email in WITH_CODE:
        page.locator("#code").fill(pyotp.TOTP(TOTP_SECRET).at(time.time()))
    page.get_by_role("button", name="Se connecter").click()


def until(happened: Callable[[], bool], seconds: float = 30) -> None:
    """Mails leave in the background, and cards are charged there."""
    give_up = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < give_up
        time.sleep(0.2)


def pays(page: Page) -> None:
    """What is due, from the page of a payment link to the provider, who takes the card, and back."""
    page.get_by_role("button", name="Continuer vers le paiement").click()
    page.get_by_role("button", name="Payer").click()
    expect(page.locator("h1")).to_contain_text("Merci")
