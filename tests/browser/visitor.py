"""A client's browser, a phone or a desk, at a portal that is open."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import Browser, BrowserContext, Error as BrowserError, Locator, Page, expect

from aggregates.kernel import Role
from tests.browser.walking import TOO_WIDE, Clicks
from tests.support.open_portal import OpenPortal

WIDTHS = {"phone": 375, "desk": 1280}
_HEIGHT = 800


@dataclass
class Visitor:
    """Walks through pages by what they show; each page it looks at fits its width and has no error."""

    portal: OpenPortal
    page: Page
    client: UUID
    """Nobody's id where nobody has logged in."""
    shots: Path | None = None
    clicks: Clicks | None = None

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def goes_to(self, path: str) -> None:
        """Types an address, once the pages show what has happened."""
        self.portal.shows_all()
        answer = self.page.goto(self.portal.url + path)
        assert answer is not None
        assert answer.status < 500, path
        self.looks()

    def looks(self) -> None:
        """Nothing reaches beyond the screen."""
        wide = self.page.evaluate(TOO_WIDE)
        assert wide <= 0, f"{self.page.url} is {wide} px too wide"

    @contextmanager
    def task(self, number: int) -> Iterator[None]:
        """One task, by the clicks that its row names; of its last page a picture is kept."""
        self.clicks = Clicks(number)
        yield
        self.clicks = None
        if self.shots is not None:
            self.shots.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.shots / f"{number:02}.png", full_page=True)

    def presses(self, name: str | re.Pattern[str], within: Locator | None = None) -> None:
        """A button or a link of the page; on to where it leads."""
        if self.clicks is not None:
            self.clicks.made(str(name))
        part = within or self.main
        wanted = part.get_by_role("button", name=name).or_(part.get_by_role("link", name=name))
        try:
            with self.page.expect_navigation():
                wanted.first.click()
        except BrowserError as missing:
            raise AssertionError(f"no {name} at {self.page.url}: {self.main.inner_text()}") from missing
        self.looks()

    def reads(self, words: str | re.Pattern[str]) -> None:
        expect(self.main).to_contain_text(words)

    def pays(self, amount: str | None = None, *, agrees: bool = True) -> None:
        """From the page of the amount to the provider and back."""
        self.goes_to_the_provider(amount)
        self.page.get_by_role("button", name="Payer" if agrees else "Annuler").click()

    def goes_to_the_provider(self, amount: str | None = None, name: str | None = None) -> None:
        """From the page of the amount, or by a button of that name; the page between leads on by itself."""
        if amount is not None:
            self.page.locator("#amount").fill(amount)
        if name is not None and self.clicks is not None:
            self.clicks.made(name)
        self.main.get_by_role("button", name=name or "Continuer vers le paiement").click()
        self.until(lambda: self.page.url.startswith(self.portal.till.account.url))

    def until(self, happened: Callable[[], bool], seconds: float = 30) -> None:
        """Ask for the page again until it shows that, sooner than it does by itself."""
        begun = time.monotonic()
        while not happened():
            assert time.monotonic() - begun < seconds, (self.page.url, self.main.inner_text())
            time.sleep(0.05)
            with suppress(BrowserError):  # it went on by itself meanwhile
                if self.page.url.startswith(self.portal.url):
                    self.page.goto(self.page.url)

    def outcome(self, words: str) -> None:
        """What the page of a payment comes to."""
        self.until(lambda: words in self.page.locator("h1").inner_text())
        self.looks()


def visitor(
    browser: Browser, portal: OpenPortal, width: int, client: UUID | None = None, shots: Path | None = None
) -> Visitor:
    """A browser of that width; logged in where a client is named."""
    context: BrowserContext = browser.new_context(
        locale="fr-CA", viewport={"width": width, "height": _HEIGHT}
    )
    if client is not None:
        cookie = {"name": "portail", "value": portal.session(client, Role.CLIENT), "url": portal.url}
        context.add_cookies([cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.set_default_timeout(8_000)
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    return Visitor(portal, page, client or UUID(int=0), shots)
