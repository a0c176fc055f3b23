"""What the samples of pages are made of: people, places, days and money, and a page in one state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Context = dict[str, Any]

NOW = datetime(2026, 11, 24, 15, 0, tzinfo=UTC)
FIRST_NAMES = [
    "Léa",
    "Éloïse",
    "Jean-Baptiste",
    "Marie-Ève",
    "Noël",
    "Zoé",
    "Maël",
    "Françoise",
    "Anaïs",
    "Loïc",
    "Aimée",
    "Côme",
]
LAST_NAMES = ["Roy", "D'Arcy-Lévesque", "Gagné", "L'Écuyer", "Bélanger", "Œuvrard", "Nguyễn", "Lefebvre-Côté"]
LONG = {"first_name": "Marie-Françoise", "last_name": "de La Rochefoucauld-Beaumont-Desrosiers"}
ELOISE = {"id": "c1", "first_name": "Éloïse", "last_name": "D'Arcy-Lévesque"}
HELPING = [{"client": "c1", "dossier": "c1", **LONG}, {"client": "c2", "dossier": None, **ELOISE}]
LAVAL = {"name": "Hôtel Le Boréal", "city": "Laval", "country": "CA"}
LYON = {"name": "Espace des Brotteaux, salle Rhône-Alpes", "city": "Lyon", "country": "FR"}
ACTIVITIES = [
    {"id": "a1", "name": "Écoute de soi"},
    {"id": "a2", "name": "Autonomie affective"},
    {"id": "a3", "name": "ÊTRE BIEN dans son corps et dans ses relations"},
]
ORGANISERS = ["Monique Tremblay", "Jean-Sébastien Archambault-Vaillancourt"]
EVERYTHING = [
    "list-workshops",
    "begin-impersonation",
    "create-dossier",
    "register-client",
    "choose-date",
    "resend-mail",
    "note-undelivered",
    "resend-missed",
    "defer-registration",
    "resend-confirmation",
    "cancel-registration",
    "plan-workshop",
    "tick-attendance",
    "note-payment",
    "list-dossiers",
    "list-to-schedule",
    "list-caught-mails",
    "review-mailings",
    "run-audiences",
    "compose-mailing",
    "try-mailing",
    "write-to-client",
    "change-plan",
    "leave-waiting-list",
    "approve-mailing",
    "pause-mailing",
    "resume-mailing",
    "cancel-mailing",
    "decide-held-mail",
    "attach-document",
    "accept-proof",
    "remove-document",
    "read-document",
    "prepare-export",
    "list-duplicates",
    "note-call",
    "mark-without-proof",
    "report-missing-place",
    "add-followed-workshop",
    "correct-invoice",
    "merge-dossiers",
]


@dataclass(frozen=True)
class Page:
    """One state of one page."""

    name: str
    template: str
    context: Context = field(default_factory=dict)

    def whole(self) -> Context:
        """With what every page gets."""
        return {**COMMON, **self.context}


COMMON: Mapping[str, Any] = {
    "me": {
        "name": "Monique Tremblay",
        "roles": ["organisatrice"],
        "zone": "America/Toronto",
        "may": EVERYTHING,
    },
    "csrf": "csrf-token",
    "path": "/",
    "query": "",
    "then": None,
    "notice": None,
    "refusal": None,
}
FULL = {
    "sentence": "Cet atelier est complet : 60 places sur 60 sont prises. Rien n’a changé.",
    "rule": "ATE-2",
    "next": [{"label": "Voir la liste de participants", "href": "/ateliers/w1/participants"}],
}

CONTACT = {
    "email": "info@example.com",
    "telephones": [
        {"where": "Canada", "number": "450 555-0100"},
        {"where": "Europe", "number": "+33 1 55 55 01 00"},
    ],
}


def instant(days: float, hour: int = 14) -> str:
    """An ISO instant so many days from the sample's now."""
    day = (NOW + timedelta(days=days)).replace(hour=hour)
    return day.isoformat().replace("+00:00", "Z")


def money(minor: int, currency: str = "CAD") -> Context:
    return {"minor": minor, "currency": currency}


def workshop(n: int = 0, **other: Any) -> Context:
    venue, zone, hour = [
        (LAVAL, "America/Toronto", 14),
        (LYON, "Europe/Paris", 8),
        (None, "America/Toronto", 18),
    ][n % 3]
    starts = 12 + n * 6
    made = {
        "id": f"w{n}",
        "activity": ACTIVITIES[n % 3]["name"],
        "starts": instant(starts, hour),
        "ends": instant(starts + (0 if venue is None else 1), hour + 3 if venue is None else hour + 8),
        "zone": zone,
        "venue": venue,
        "organiser": ORGANISERS[n % 2],
        "capacity": 60,
        "retake_limit": None if venue is None else 5,
        "taken": [42, 60, 7, 62, 0][n % 5],
        "retakes": [3, 5, 0, 5, 0][n % 5],
        "cancelled": False,
    }
    return {**made, **other}


def choice(n: int, **other: Any) -> Context:
    """A date that a registration may take."""
    made = {
        **workshop(n * 3),
        "taken": 12 * n,
        "due_now": money(4000),
        "closed_because": None,
        "begun": n == 1,
    }
    return {**made, **other}


DATES = [
    choice(0, due_now=money(37500)),
    choice(1),
    choice(2, taken=60, closed_because="complet"),
    choice(3, closed_because="plus de reprise"),
]
