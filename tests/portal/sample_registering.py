"""A phase is sold, à la carte becomes a phase, today's invoice is put right, a workshop abroad is added."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_dossier import registration
from tests.portal.sample_parts import (
    ACTIVITIES,
    COMMON,
    DATES,
    ELOISE,
    EVERYTHING,
    FULL,
    Context,
    Page,
    money,
    workshop,
)

_METHODS = [{"id": "cheque", "name": "chèque"}]
_CARD = {"id": "card", "name": "carte, payée par le client"}
_DISCOUNTS = [{"id": "d1", "name": "Étudiant à temps plein"}]
_EVERYTHING = {**COMMON["me"], "may": EVERYTHING}


def _phase_base(path: str) -> Context:
    return {
        "path": path,
        "client": ELOISE,
        "phases": [{"id": "p1", "name": "Phase 1"}],
        "discounts": _DISCOUNTS,
        "filters": {"phase": "p1", "rabais": ""},
        "methods": _METHODS,
        "may_waive": True,
        "red_flag": False,
        "values": {},
        "errors": {},
    }


def _lines() -> list[Context]:
    line = {"price": money(37500), "deposit": money(4000), "reasons": ["prix de la phase : 375,00 $"]}
    lines = [{**a, **line, "done_on": None, "kept": None, "workshops": DATES} for a in ACTIVITIES]
    lines[1] |= {"done_on": "2026-03-08", "price": money(0), "deposit": money(0), "workshops": []}
    return lines


def _total() -> Context:
    return {"price": money(75000), "deposit": money(8000)}


def phase_register_pages() -> Iterator[Page]:
    nothing = {"free": False, "although": False, "held_a_la_carte": False}
    base = {**_phase_base("/dossiers/c1/inscrire-phase"), **nothing, "methods": [*_METHODS, _CARD]}
    chosen = {"id": "p1", "name": "Phase 1", "lines": _lines(), "total": _total()}
    page = "staff/register_phase.html"
    yield Page("register-phase", page, {**base, "chosen": chosen})
    start: Context = {"chosen": None, "filters": {"phase": "", "rabais": ""}}
    yield Page("register-phase-start", page, {**base, **start})
    yield Page("register-phase-free", page, {**base, "chosen": None, "free": True, "refusal": FULL})
    held: Context = {"chosen": None, "held_a_la_carte": True, "refusal": FULL}
    yield Page("register-phase-held", page, {**base, **held})
    typed: Context = {"values": {"date-a1": "w0"}, "errors": {"paid_by": "Choisissez."}, "red_flag": True}
    yield Page("register-phase-flag", page, {**base, "chosen": chosen, "refusal": FULL, **typed})


def call_sheets() -> Iterator[Page]:
    page = "staff/call_sheet.html"
    who = {**ELOISE, "email": None, "telephone": "+1 514 555-0101"}
    notes = {
        "place_note": "Entrée par la cour.",
        "activity_note": None,
        "practical_note": "Apportez un tapis.",
    }
    at = workshop(0, **notes)
    place = registration("scheduled") | {"invoice": "i1", "deposit": money(4000), "paid": money(0)}
    lacks: Context = {"email": True, "deposit": money(4000), "proof": True}
    base: Context = {"client": who, "relative": None, "registration": place, "see_money": True}
    base |= {
        "workshop": {**at, "venue": {**at["venue"], "note": "Stationnement gratuit.", "address": "1, rue X"}}
    }
    yield Page("call-sheet", page, {**base, "lacks": lacks})
    relative = {"email": "zoe@example.com", "via": "sa sœur Zoé"}
    nothing: Context = {"email": False, "deposit": None, "proof": False}
    yield Page("call-sheet-nothing", page, {**base, "relative": relative, "lacks": nothing})


def other_price_pages() -> Iterator[Page]:
    page = "staff/price_adjustment.html"
    why = "Deux enfants à charge, et la troisième reprise de la même activité depuis le printemps."
    asked = [{"activity": a["id"], "name": a["name"], "reason": why} for a in ACTIVITIES[:2]]
    me = {**COMMON["me"], "may": [*EVERYTHING, "ask-price-adjustment"]}
    base: Context = {"client": ELOISE, "me": me, "asked": [], "activities": ACTIVITIES, "refusing": {}}
    blank: Context = {**base, "values": {"activity": ACTIVITIES[1]["id"]}, "errors": {}}
    accounting = {"me": {**me, "may": [*EVERYTHING, "refuse-price-adjustment"]}, "asked": asked}
    yield Page("other-price", page, blank)
    yield Page("other-price-error", page, {**blank, "errors": {"reason": "Dites pourquoi."}})
    yield Page("other-price-waits", page, {**blank, "asked": asked})
    answer = {"activity": ACTIVITIES[0]["id"], "reason": "", "error": "Dites pourquoi."}
    yield Page("other-price-answer", page, {**blank, **accounting, "refusing": answer})


def to_phase_pages() -> Iterator[Page]:
    page, base = "staff/change_to_phase.html", _phase_base("/dossiers/c1/a-la-phase")
    base["values"] = {"note": "Passage à la phase."}
    lines = _lines()
    lines[0] |= {"kept": DATES[2], "workshops": DATES[:2]}
    held = [registration("scheduled"), registration("to_schedule", 1)]
    chosen = {"id": "p1", "name": "Phase 1", "lines": lines, "total": _total(), "held": held}
    yield Page("to-phase", page, {**base, "chosen": chosen})
    start: Context = {"chosen": None, "filters": {"phase": "", "rabais": ""}}
    yield Page("to-phase-start", page, {**base, **start})
    yield Page("to-phase-none", page, {**base, "chosen": {**chosen, "held": []}})
    wrong: Context = {"errors": {"note": "Ce champ manque."}, "values": {"note": ""}, "refusal": FULL}
    yield Page("to-phase-refused", page, {**base, "chosen": chosen, **wrong, "red_flag": True})


def correcting_pages() -> Iterator[Page]:
    page = "staff/invoice_correct.html"
    invoice = {"id": "i1", "number": "CA-2026-0412", "client": ELOISE, "total": money(75000)}
    line = {"activity": "Écoute de soi", "price": money(37500), "starts": None, "registration": "r0"}
    chosen = {"id": "a1", "name": "Écoute de soi", "retake": False, "price": money(37500), "reasons": []}
    base: Context = {
        "me": _EVERYTHING,
        "path": "/factures/i1/corriger",
        "invoice": invoice,
        "lines": [line, {**line, "registration": "r1", "starts": DATES[0]["starts"]}],
        "activities": ACTIVITIES,
        "countries": ["CA", "FR"],
        "discounts": _DISCOUNTS,
        "filters": {"activite": "", "lieu": "", "rabais": "", "stagiaire": False},
        "chosen": None,
        "phase": None,
        "methods": _METHODS,
        "may_waive": True,
        "red_flag": False,
        "removed": None,
        "values": {},
        "errors": {},
    }
    yield Page("invoice-correct", page, base)
    added: Context = {
        "chosen": {**chosen, "workshops": DATES},
        "filters": {"activite": "a1", "lieu": "", "rabais": "d1", "stagiaire": True},
        "removed": ["r0"],
        "errors": {"reason": "Ce champ manque.", "workshop": "Choisissez une date, ou « à planifier »."},
    }
    yield Page("invoice-correct-add", page, {**base, **added, "red_flag": True})
    phase = {"id": "p1", "name": "Phase 1", "lines": _lines(), "total": _total()}
    yield Page("invoice-correct-phase", page, {**base, "phase": phase})
    yield Page("invoice-correct-late", page, {**base, "lines": []})
    typed = {"activity": "a1", "first_day": "2026-05-02", "last_day": "2026-05-01", "country": "BE"}
    followed: Context = {
        "me": _EVERYTHING,
        "path": "/dossiers/c1/atelier-suivi",
        "client": ELOISE,
        "activities": ACTIVITIES,
        "countries": [{"id": "BE", "name": "Belgique"}, {"id": "MX", "name": "Mexique"}],
        "values": {},
        "errors": {},
    }
    yield Page("followed", "staff/followed.html", followed)
    wrong = {"values": typed, "errors": {"first_day": "Écrivez un jour."}}
    yield Page("followed-error", "staff/followed.html", {**followed, **wrong, "refusal": FULL})
