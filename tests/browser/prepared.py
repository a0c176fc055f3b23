"""What the tasks of docs/taches.md are about: clients and workshops, made through a running portal's API."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import Page

from tests.browser.walking import until

AN_HOUR_AGO = -1 / 24
PDF = {"name": "piece.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 x"}
_people = count(1)
_CAUGHT = re.compile(r'ouvrir=([^"]+)"[^>]*><span class="cut">([^<]*)<')


def zone_of_the_day() -> str:
    """Where what begins in two hours still begins today: for Québec not in the evening."""
    zones = ("America/Toronto", "Pacific/Auckland")
    return next(zone for zone in zones if datetime.now(ZoneInfo(zone)).hour < 21)


@dataclass
class Prepared:
    """The demo school, and what the office makes in it for one walk."""

    office: Page
    url: str
    position: str = "0"
    ids: dict[str, str] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)

    def send(self, verb: str, by: Page | None = None, /, **fields: Any) -> dict[str, str]:
        """A command, of the office where nobody else sends it; its answer."""
        answer = (by or self.office).request.post(f"{self.url}/api/commands/{verb}", data=fields)
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

    def person(self, first_name: str) -> tuple[str, str]:
        """A name that nobody else has, nor begins with, and an address."""
        last_name = f"Marcheur-{next(_people):03}"
        return f"{first_name} {last_name}", f"{last_name.lower()}@example.com"

    def client(self, first_name: str, country: str = "CA", **more: Any) -> str:
        """A new client of that name; the last name is nobody else's."""
        name, email = self.person(first_name)
        fields = {"first_name": first_name, "last_name": name.split()[1], "country": country}
        made = self.send("create-dossier", **fields | {"email": email} | more)["client"]
        self.names[made] = name
        return made

    def colleague(self, admin: Page, telephone: Page, password: str) -> str:
        """Another person of the head office, who took up the invitation; the local part of the address."""
        name, email = self.person("Solange")
        self.send("add-staff", admin, name=name, email=email, roles=["office"])
        telephone.goto(self.link_of_mail(email, "/acces/"))
        telephone.get_by_label("Mot de passe").fill(password)
        telephone.get_by_role("button", name="Enregistrer").click()
        telephone.wait_for_url("**/connexion*")
        return email.split("@")[0]

    def found(self, client: str) -> tuple[str, str]:
        """What to search for a dossier, and where it is."""
        return self.names[client], f"/dossiers/{client}"

    def listed(self, client: str) -> str:
        """The name as lists have it."""
        first, last = self.names[client].split()
        return f"{last}, {first}"

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

    def confirmed(self, client: str) -> None:
        """Wait until the client's confirmation has left."""

        def left() -> bool:
            found = self.get(f"clients/{client}/communications")["items"]
            return any(
                ((row["mail"] or {}).get("subject") or "").startswith("Votre inscription") for row in found
            )

        until(left)

    def link_of_mail(self, address: str, path: str) -> str:
        """Where the newest mail to that address leads, once it was caught."""
        found: list[str] = []

        def caught() -> bool:
            page = self.office.request.get(f"{self.url}/courriels").text()
            mails = [id_ for id_, to in _CAUGHT.findall(page) if address in html.unescape(to)]
            if mails:
                mail = html.unescape(
                    self.office.request.get(f"{self.url}/courriels?ouvrir={mails[0]}").text()
                )
                found.extend(re.findall(rf"https?://[^/\s]+({path}[^\s<]+)", mail))
            return bool(found)

        until(caught)
        return self.url + found[0]


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
