"""The page on which mails are written, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregates.mailing.placeholders import AUDIENCE_PLACEHOLDERS, ROSTER_PLACEHOLDERS
from portal.staff.draft import GREETING, check
from tests.portal.sample_parts import ACTIVITIES, FIRST_NAMES, LAST_NAMES, LONG, ORGANISERS, Page, instant


def _person(n: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"c{n}",
        "client": f"c{n}",
        "first_name": FIRST_NAMES[n % 12],
        "last_name": LAST_NAMES[n % 8],
        "checked": True,
        "excluded": None,
        "excluded_label": None,
        "last_mailing": None,
    } | changes


def _draft(**changes: Any) -> dict[str, Any]:
    blank: dict[str, Any] = {
        "subject": "",
        "text": GREETING,
        "files": [],
        "image": None,
        "day": "",
        "hour": "",
        "tried": "",
    }
    return blank | changes


def _page(kind: str, **changes: Any) -> dict[str, Any]:
    persons = [_person(n) for n in range(38)]
    persons += [
        _person(40, checked=False, **LONG),
        _person(41, checked=False, excluded="no_consent", excluded_label="courriel non permis"),
        _person(42, last_mailing=instant(-20)),
    ]
    return {
        "path": "/envois/nouveau",
        "kind": kind,
        "title": "Écrire à cette liste",
        "back": {"href": "/requetes", "label": "Requêtes"},
        "persons": persons,
        "count": 39,
        "recent": 1,
        "reviewed": "9f86",
        "allowance": {"left": 480, "most": 500, "fits_from": instant(0)},
        "draft": _draft(),
        "placeholders": [f"{{{name}}}" for name in AUDIENCE_PLACEHOLDERS],
        "dates": ACTIVITIES,
        "series": {"workshop": "", "name": ""},
        "moments": [],
        "pressure": False,
        "pressure_reason": "",
        "preview": None,
        "reader": "c1",
        "checks": [],
        "workshop": None,
        "joint": None,
        "models": [],
        "model": "",
        "errors": {},
    } | changes


def compose_pages() -> Iterator[Page]:
    yield Page("compose", "staff/compose.html", _page("audience"))
    image = {"id": "f2", "name": "salle.jpg", "place": "last"}
    files = [{"id": "f1", "name": "programme du printemps, avec les dates de chaque ville.pdf"}]
    words = {"subject": "Nouvelles dates à Lyon", "text": "{cher} {prenom_client},\n\n{pieces_jointes}"}
    read = {
        "name": "Éloïse D'Arcy-Lévesque",
        "subject": "Nouvelles dates à Lyon",
        "text": "Chère Éloïse,\n\nprogramme.pdf : https://portail.example/fichiers/" + "a" * 80,
        "reply_to": "monique@example.com",
    }
    seen = [check(True, "39 destinataires"), check(False, "", "En majuscules : ÉTÉ.")]
    looked = {
        "draft": _draft(**words, files=files, image=image, day="2026-12-01", hour="09:00"),
        "preview": read,
        "checks": seen,
        "series": {"workshop": "a1", "name": "Printemps"},
        "moments": [
            {"since": "2026-09-05", "until": "2026-10-05"},
            {"since": "2026-11-07", "until": "2026-11-21"},
        ],
        "pressure": True,
        "errors": {"day": "Donnez un jour et une heure, ou ni l’un ni l’autre."},
    }
    yield Page("compose-looked-at", "staff/compose.html", _page("audience", **looked))
    full = {"left": 3, "most": 500, "fits_from": instant(1)}
    yield Page("compose-over", "staff/compose.html", _page("audience", allowance=full, recent=0, persons=[]))
    notes = [
        {"label": "note du lieu", "href": None},
        {"label": "notes de l’atelier", "href": "/ateliers/w1/modifier"},
    ]
    roster = {
        "title": "Écrire aux participants",
        "back": {"href": "/ateliers/w1/participants", "label": "Liste de participants"},
        "reviewed": "",
        "placeholders": [f"{{{name}}}" for name in ROSTER_PLACEHOLDERS],
        "workshop": {"needs_approval": True, "closed": False, "reason": "", "notes": notes},
    }
    yield Page("compose-roster", "staff/compose.html", _page("roster", **roster))
    shut = {**roster, "workshop": {"needs_approval": False, "closed": True, "reason": "x", "notes": notes}}
    yield Page("compose-roster-closed", "staff/compose.html", _page("roster", **shut))
    letters = [{"key": "reminder", "name": "rappel une semaine avant"}]
    client: dict[str, Any] = {
        "models": [{"name": "L’inscription et sa date", "letters": letters}],
        "title": "Écrire à Éloïse",
        "persons": [],
        "allowance": None,
        "reviewed": "",
        "count": 1,
    }
    yield Page("compose-client", "staff/compose.html", _page("client", **client))
    yield Page(
        "compose-client-looked-at",
        "staff/compose.html",
        _page("client", **looked | client | {"pressure": False}),
    )
    yield from _joint_pages(looked)


def _joint_pages(looked: dict[str, Any]) -> Iterator[Page]:
    joint: dict[str, Any] = {
        "countries": ["CA", "FR"],
        "country": "FR",
        "organisers": [{"id": f"s{n}", "name": name, "checked": n == 0} for n, name in enumerate(ORGANISERS)],
        "found": 702,
        "parts": 3,
        "part": 2,
        "most": 300,
        "needs_approval": True,
    }
    common: dict[str, Any] = {
        "title": "Annonce commune à un pays",
        "path": "/envois/annonce-commune",
        "persons": [],
        "reviewed": "",
        "count": 300,
        "joint": joint,
    }
    yield Page("compose-joint", "staff/compose.html", _page("joint", **common))
    wrong = {"workshop": "Choisissez l’atelier complémentaire annoncé.", "joint": "Cochez qui annonce."}
    seen = {**looked, **common, "errors": wrong, "dates": []}
    yield Page("compose-joint-errors", "staff/compose.html", _page("joint", **seen))
