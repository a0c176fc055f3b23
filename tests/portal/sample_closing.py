"""The page where a workshop is closed, in every stage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.labels import tables
from tests.portal.sample_parts import COMMON, EVERYTHING, LONG, LYON, Page, instant, workshop

_MAY = [
    *EVERYTHING,
    "settle-absence",
    "upload-expense",
    "list-envelope",
    "hand-over",
    "close-workshop",
    "give-back",
    "propose-reopening",
    "approve-reopening",
]


def _expenses() -> list[dict[str, Any]]:
    """One with its paper, one that there was none of, the others untold."""
    papers = [{"id": "f1", "name": "facture-de-la-salle-des-brotteaux-decembre-2026.pdf", "size": 184_320}]
    return [
        {"id": k, "label": v, "told": k in ("room", "lodging"), "papers": papers if k == "room" else []}
        for k, v in tables("fr")["expense"].items()
    ]


def closing_pages() -> Iterator[Page]:
    words = tables("fr")
    who = [{**LONG, "invoice": "i1"}, {"first_name": "Léa", "last_name": "Roy", "invoice": None}]
    gaps = [
        {"kind": kind, "label": words["gap_kind"][kind], "count": n, "who": who if kind == "payments" else []}
        for kind, n in (("attendance", 2), ("payments", 1), ("expense", 4), ("envelope", 1))
    ]
    absent = [
        {"registration": "r1", "client": "c1", **LONG, "student": True, "retake": False},
        {
            "registration": "r2",
            "client": "c2",
            "first_name": "Léa",
            "last_name": "Roy",
            "student": False,
            "retake": True,
        },
    ]
    base = {
        "me": {**COMMON["me"], "may": _MAY},
        "path": "/ateliers",
        "workshop": workshop(venue=LYON, starts=instant(-9), ends=instant(-8), trainers=[]),
        "gaps": gaps,
        "absent": absent,
        "expenses": _expenses(),
        "receipts": None,
        "own_proposal": False,
        "begun": True,
        "stages": words["stage"],
        "ways": words["closing_way"],
        "values": {},
        "errors": {},
    }

    def closing(way: str, stage: str, **changes: Any) -> dict[str, Any]:
        nothing = {"reopening_by": None, "reopening_at": None, "reopening_name": None, "cancelled": False}
        made = {"way": way, "stage": stage, "region": "europe", "independent": way == "independent"}
        return {"closing": {**nothing, **made, "envelope": False, **changes}}

    failed = {"errors": {"absences": "Choisissez ce que devient au moins une des inscriptions."}}
    europe = {**base, **closing("europe", "open")}
    yield Page("closing-europe", "staff/closing.html", {**europe, "errors": {"file-workshop": "Choisissez."}})
    independent = {**base, **closing("independent", "open"), **failed}
    yield Page("closing-independent", "staff/closing.html", independent)
    yield Page("closing-handed-over", "staff/closing.html", {**base, **closing("europe", "handed_over")})
    typed = {"values": {"act": "close", "reason": "Une"}, "errors": {"reason": "Ce champ manque."}}
    yield Page("closing-quebec", "staff/closing.html", {**base, **closing("quebec", "open"), **typed})
    whole: dict[str, Any] = {"gaps": [], "absent": []}
    yield Page("closing-whole", "staff/closing.html", {**base, **closing("quebec", "open"), **whole})
    proposed = {"reopening_by": "s1", "reopening_at": instant(-1), "reopening_name": "Monique Tremblay"}
    yield Page("closed", "staff/closing.html", {**base, **closing("abroad", "closed")})
    yield Page("closed-proposed", "staff/closing.html", {**base, **closing("quebec", "closed", **proposed)})
    for name, due, changed in (("all", 12, 0), ("changed", 1, 1), ("none", 0, 0)):
        counted = {"receipts": {"all": 12, "due": due, "changed": changed, "may_send": True}}
        yield Page(
            f"closed-receipts-{name}",
            "staff/closing.html",
            {**base, **closing("quebec", "closed"), **counted},
        )
    yield Page("closing-early", "staff/closing.html", {**base, **closing("quebec", "open"), "begun": False})
