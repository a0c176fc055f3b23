"""The catalogue and the forms of its entries, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.labels import tables
from tests.portal.sample_parts import ACTIVITIES, COMMON, EVERYTHING, LAVAL, LYON, Page, money

_MAY = [
    *EVERYTHING,
    "read-catalogue",
    *(f"{verb}-{kind}" for verb in ("add", "change") for kind in ("activity", "phase", "venue", "discount")),
]
_ME = {**COMMON["me"], "roles": ["administration du portail"], "may": _MAY}
_WORDS = tables("fr")
_BOTH = [money(37500), money(37500, "EUR")]
_NOTE = "Apporter coussin, couverture et gourde ; porter des vêtements souples et prévoir une couche chaude."


def _choices(name: str) -> list[dict[str, str]]:
    return [{"id": id_, "name": words} for id_, words in _WORDS[name].items()]


def _activity(n: int, **changes: Any) -> dict[str, Any]:
    made: dict[str, Any] = {
        **ACTIVITIES[n],
        "category": ["regular", "complementary", "etre_bien"][n],
        "days": n + 1,
        "prices": _BOTH,
        "note": None,
        "retake_price_with_card": [],
        "roster_cap_per_day": [],
        "retired": False,
        "phases": [1],
    }
    return made | changes


def catalogue_pages() -> Iterator[Page]:
    discount: dict[str, Any] = {
        "id": "d1",
        "name": "Étudiant à temps plein d’un établissement reconnu",
        "percent": 10,
        "amounts": [],
        "proof_needed": True,
        "chosen_by": ["client", "organiser", "office", "accounting"],
        "valid_from": None,
        "valid_until": None,
        "retired": False,
    }
    amount: dict[str, Any] = {
        "id": "d2",
        "name": "Hâtif",
        "percent": None,
        "amounts": [money(2500), money(2500, "EUR")],
    }
    amount |= {
        "proof_needed": False,
        "valid_from": "2026-01-01",
        "valid_until": "2026-12-31",
        "retired": True,
    }
    venue: dict[str, Any] = {"id": "v1", **LAVAL, "region": "canada", "zone": "America/Toronto"}
    far = {"id": "v2", **LYON, "region": "europe", "zone": "Europe/Paris", "address": None, "note": None}
    full: dict[str, Any] = {
        "activities": [
            _activity(0, note=_NOTE),
            _activity(1, retired=True, phases=[]),
            _activity(2, phases=[1, 2], retake_price_with_card=[money(15000), money(15000, "EUR")]),
        ],
        "phases": [
            {
                "id": "p1",
                "number": 1,
                "name": "Phase 1",
                "activities": [a["name"] for a in ACTIVITIES] * 3,
                "prices": [{"activity": "a1", "price": money(30000)}],
            },
            {"id": "p2", "number": 2, "name": "Phase 2", "activities": ["Écoute de soi"], "prices": []},
        ],
        "discounts": [discount, {**discount, **amount}],
        "venues": [{**venue, "address": "1700, boulevard Le Corbusier", "note": _NOTE}, far],
    }
    base = {"me": _ME, "path": "/catalogue", "words": {k: _WORDS[k] for k in ("category", "region", "role")}}
    yield Page("catalogue", "staff/catalogue.html", {**base, **full})
    reader = {**_ME, "may": ["read-catalogue"]}
    yield Page("catalogue-reader", "staff/catalogue.html", {**base, **full, "me": reader})
    yield Page("catalogue-none", "staff/catalogue.html", {**base, **{key: [] for key in full}})
    yield from _forms()


def _forms() -> Iterator[Page]:
    base: dict[str, Any] = {
        "me": _ME,
        "path": "/catalogue",
        "entry": None,
        "theirs": None,
        "activities": [_activity(n) for n in range(3)],
        "currencies": _choices("currency"),
        "categories": _choices("category"),
        "regions": _choices("region"),
        "roles": _choices("role")[:4],
        "zones": [{"id": "America/Toronto", "name": "Québec, Ontario"}],
        "countries": ["CA", "FR"],
        "values": {},
        "errors": {},
    }
    entry = {"id": "a1", "name": "Écoute de soi", "version": 3, "retired": False}
    values = {
        "name": "Écoute de soi",
        "category": "regular",
        "days": "2",
        "price-CAD": "375,00",
        "note": _NOTE,
    }

    def page(name: str, kind: str, **changes: Any) -> Page:
        return Page(f"catalogue-{name}", "staff/catalogue_edit.html", {**base, "kind": kind, **changes})

    yield page("new-activity", "activites")
    wrong = {"price-CAD": "Écrivez un montant, par exemple 40,00."}
    yield page("activity", "activites", entry=entry, values=values, errors=wrong)
    off = {**entry, "retired": True}
    yield page("activity-retired", "activites", entry=off, values=values)
    theirs = {**values, "price-CAD": "390,00"}
    yield page("activity-stale", "activites", entry=entry, values=values, theirs=theirs)
    placed = {"name": "Phase 1", "number": "1", "order-a1": "1", "order-a3": "2", "price-CAD-a3": "300,00"}
    unnumbered = {"activities": "Numérotez au moins une activité."}
    phase = {**entry, "retired": None}
    yield page("phase", "phases", entry={**phase, "name": "Phase 1"}, values=placed, errors=unnumbered)
    both = {"percent": "Donnez un pourcentage ou des montants, l’un des deux."}
    yield page(
        "discount", "rabais", entry={**entry, "name": "Étudiant"}, values={"name": "Étudiant"}, errors=both
    )
    yield page(
        "venue",
        "lieux",
        entry={**phase, "name": "Hôtel"},
        values={"name": "Hôtel", "country": "CA", "note": _NOTE},
    )
