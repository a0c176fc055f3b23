"""The pages of queries in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from portal.staff.audience_form import FIELDS, KINDS, Row
from schema.labels import tables
from tests.portal.sample_parts import ACTIVITIES, ELOISE, LONG, Page

_PHASES = [{"id": "p1", "name": "Phase 1"}]


def _row(kind: str, either: bool = False, but: bool = False, **words: str) -> Row:
    return Row(kind, dict.fromkeys(FIELDS.get(kind, ()), "") | words, either, but)


def _page(**changes: Any) -> dict[str, Any]:
    return {
        "path": "/requetes/nouvelle",
        "own": "/requetes/nouvelle",
        "saved": None,
        "kinds": KINDS,
        "rows": [],
        "errors": {},
        "towns": {},
        "found": None,
        "countries": ["CA", "FR"],
        "activities": ACTIVITIES,
        "phases": _PHASES,
        "channels": tables("fr")["channel"],
        "most": 300,
        "values": {},
    } | changes


def _found(count: int) -> dict[str, Any]:
    person = {"city": "Laval", "country": "CA", "telephone_ok": False, "post_ok": False, "email_ok": True}
    far = {"id": "c7", "city": None, "country": "FR", "email_ok": False}
    return {
        "count": count,
        "items": [person | ELOISE, person | LONG | far] if count else [],
        "query": '{"kind":"balance_due"}',
        "mail_href": "/envois/nouveau?requete=x",
        "file_href": "/api/audiences/export?query=x",
        "next_href": "/requetes/nouvelle?suite=x" if count > 2 else None,
    }


def audience_pages() -> Iterator[Page]:
    saved: list[dict[str, Any]] = [
        {"id": "q1", "name": "Laval et alentours", "owner": "Monique Tremblay"},
        {
            "id": "q2",
            "name": "Personnes intéressées par l’écoute de soi, du groupe et du corps",
            "owner": None,
        },
    ]
    ready = [{"name": words, "href": "/requetes/nouvelle"} for words in tables("fr")["ready_query"].values()]
    listed = {"path": "/requetes", "ready": ready, "next_href": None}
    yield Page("audiences", "staff/audiences.html", {**listed, "saved": saved})
    yield Page("audiences-none", "staff/audiences.html", {**listed, "saved": []})
    every = [_row(kind, either=n % 3 == 1, but=n % 4 == 3) for n, kind in enumerate(KINDS)]
    near = _row("near", km="50", city="Saint-Denis", country="FR")
    yield Page("audience-start", "staff/audience.html", _page())
    yield Page("audience-every", "staff/audience.html", _page(rows=every))
    towns = {"Saint-Denis": [{"place": 1, "name": "Saint-Denis, Île-de-France"}]}
    wrong = {"place-0": "Choisissez laquelle.", "km-1": "Au plus 200."}
    asked = _page(rows=[near, _row("near", km="500", either=True)], errors=wrong, towns=towns)
    yield Page("audience-asked", "staff/audience.html", asked)
    yield Page("audience-found", "staff/audience.html", _page(rows=[near], found=_found(42)))
    yield Page("audience-many", "staff/audience.html", _page(rows=[near], found=_found(301)))
    yield Page("audience-nobody", "staff/audience.html", _page(rows=[near], found=_found(0)))
    own = {**saved[0], "own": True, "seen_version": 1}
    one = {"own": "/requetes/q1", "rows": [near], "found": _found(2)}
    yield Page("audience-saved", "staff/audience.html", _page(**one, saved=own))
    other = {**own, "own": False}
    yield Page("audience-others", "staff/audience.html", _page(**one | {"rows": None}, saved=other))
