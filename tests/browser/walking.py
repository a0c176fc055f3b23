"""People who walk through the tasks of docs/taches.md in a browser, and the school made ready for them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyotp
from playwright.sync_api import Browser, Locator, Page, expect

from service.demo.school_maker import TOTP_SECRET
from tests.browser.conftest import PASSWORD, Portal

SIZES = {"desktop": {"width": 1280, "height": 900}}
WITH_CODE = ("accounting@example.com", "admin@example.com")
_people = count(1)


class Walker:
    """Somebody logged in at the portal, on a screen of that size."""

    def __init__(self, page: Page, url: str, shots: Path | None) -> None:
        self.page, self.url, self.shots = page, url, shots
        self.main = page.locator("main")

    @contextmanager
    def task(self, number: int) -> Iterator[None]:
        """One task; how its last page looks is kept for people, in the long lane."""
        yield
        if self.shots is not None:
            self.page.screenshot(path=self.shots / f"{number:02}.png", full_page=True)

    def at(self, path: str) -> None:
        """Open a page by its address."""
        self.page.goto(f"{self.url}{path}")

    def press(self, name: str, within: Locator | None = None) -> None:
        """The first button of that name."""
        (within or self.main).get_by_role("button", name=name).first.click()

    def follow(self, name: str, within: Locator | None = None) -> None:
        """The first link of that name."""
        (within or self.main).get_by_role("link", name=name).first.click()

    def unfold(self, name: str) -> None:
        """A part of the page that is folded away."""
        self.main.locator("summary", has_text=name).first.click()

    def fill(self, **values: str) -> None:
        """Fields by their ids, `__` for `-`; selects by value."""
        for name, value in values.items():
            found = self.page.locator(f'[id="{name.replace("__", "-")}"]')
            if found.evaluate("f => f.tagName") == "SELECT":
                found.select_option(value)
            else:
                found.fill(value)

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.main).to_contain_text(text)


@dataclass
class Prepared:
    """What the tasks are about, made by the office through the API."""

    office: Page
    url: str
    position: str = "0"
    ids: dict[str, str] = field(default_factory=dict)

    def send(self, verb: str, **fields: Any) -> dict[str, str]:
        """A command; its answer."""
        answer = self.office.request.post(f"{self.url}/api/commands/{verb}", data=fields)
        assert answer.ok, f"{verb}: {answer.text()}"
        made: dict[str, str] = answer.json()
        self.position = made["position"]
        return made

    def get(self, path: str) -> Any:
        """What a query answers that shows all that was made."""
        joint = "&" if "?" in path else "?"
        answer = self.office.request.get(f"{self.url}/api/{path}{joint}after={self.position}")
        assert answer.ok, answer.text()
        return answer.json()

    def settle(self) -> None:
        """All pages show what was made."""
        self.get("workshops?limit=1")

    def client(self, first_name: str, country: str = "CA", **more: Any) -> str:
        """A new client of that name; the last name is nobody else's."""
        last_name = f"Marcheur-{next(_people)}"
        fields = {"first_name": first_name, "last_name": last_name, "country": country, **more}
        fields.setdefault("email", f"{last_name.lower()}@example.com")
        made = self.send("create-dossier", **fields)["client"]
        self.ids[made] = f"{first_name} {last_name}"
        return made

    def workshop(self, activity: str, days: float, **more: Any) -> str:
        """Of that activity so many days from now, EN LIGNE unless it is said, organised by the organiser."""
        starts = datetime.now(UTC).replace(microsecond=0) + timedelta(days=days)
        session = {"starts": starts.isoformat(), "ends": (starts + timedelta(hours=6)).isoformat()}
        fields = {
            "activity": activity,
            "venue": None,
            "zone": "America/Toronto",
            "sessions": [session],
            "organiser": self.ids["organiser"],
            "trainers": [self.ids["trainer"]],
            "capacity": 12,
        }
        return self.send("plan-workshop", **fields | more)["workshop"]

    def registered(self, client: str, activity: str, workshop: str | None = None, **more: Any) -> Any:
        """What registering made."""
        fields = {"client": client, "activity": activity, "workshop": workshop, **more}
        return self.send("register-client", **fields)


def prepared(office: Page, url: str) -> Prepared:
    """With the ids of what the demo school has."""
    made = Prepared(office, url)
    found = made.get("catalogue")
    names = {row["name"]: row["id"] for kind in ("staff", "activities") for row in found[kind]}
    made.ids |= {
        "organiser": names["Geneviève Saint-Amand"],
        "trainer": names["Benoît Lacasse-Dubé"],
        "story": names["Écrire son histoire"],
        "sleep": names["Le sommeil réparateur"],
        "breath": names["ÊTRE BIEN · Le souffle retrouvé"],
        "phase": next(row["id"] for row in found["phases"] if row["number"] == 1),
        "first": names["Premiers pas vers soi"],
        "emotions": names["Le langage des émotions"],
        "lyon": next(row["id"] for row in found["venues"] if row["city"] == "Lyon"),
        "discount": next(row["id"] for row in found["discounts"] if row["name"].startswith("Sans emploi")),
    }
    return made


def entered(browser: Browser, portal: Portal, email: str, size: str, known: dict[str, Any]) -> Page:
    """A page of somebody logged in; each logs in once, as a code of the second factor works once."""
    if email not in known:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"{portal.url}/connexion")
        page.get_by_label("Courriel").fill(email)
        page.get_by_label("Mot de passe").fill(PASSWORD)
        if email in WITH_CODE:
            page.locator("#code").fill(pyotp.TOTP(TOTP_SECRET).at(time.time()))
        page.get_by_role("button", name="Se connecter").click()
        page.get_by_role("button", name="Se déconnecter").wait_for()
        known[email] = context.storage_state()
        context.close()
    context = browser.new_context(viewport=SIZES[size], storage_state=known[email])  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(10_000)
    return page
