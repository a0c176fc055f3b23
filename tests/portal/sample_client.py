"""Dates, basket, changes and profile as a client sees them, in every state worth seeing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_dossier import registration
from tests.portal.sample_own_file import CLIENT
from tests.portal.sample_parts import (
    ACTIVITIES,
    COMMON,
    CONTACT,
    FULL,
    Context,
    Page,
    instant,
    money,
    workshop,
)

PUBLIC: Context = {**COMMON, "me": None}


def date(n: int, free: int) -> Context:
    made = workshop(n)
    kept = ("id", "activity", "starts", "ends", "zone", "venue")
    return {**{name: made[name] for name in kept}, "activity_id": ACTIVITIES[n % 3]["id"], "free": free}


def dates(**changes: object) -> Context:
    groups = [
        {"place": "CA", "workshops": [date(0, 18), date(3, 1), date(6, 0), date(9, 4)]},
        {"place": "FR", "workshops": [date(1, 0), date(4, 0)]},
        {"place": "online", "workshops": [date(2, 60)]},
    ]
    return {
        "path": "/dates",
        "filters": {"lieu": "CA", "activite": ""},
        "here": "/dates?lieu=CA",
        "log_in": "/connexion?next=/dates",
        "countries": ["CA", "FR"],
        "activities": ACTIVITIES,
        "groups": groups,
        "next_href": None,
        "own": None,
        "contact": CONTACT,
        **changes,
    }


LINE: Context = {
    "name": "ÊTRE BIEN dans son corps et dans ses relations",
    "price": money(33750),
    "deposit": money(4000),
    "due_now": money(4000),
    "done_on": None,
    "reasons": ["Prix du catalogue : 375,00 $", "Rabais : 337,50 $", "Acompte : 40,00 $"],
}


def basket(**changes: object) -> Context:
    first: Context = {
        "id": "i1",
        "phase": None,
        "places": [{"activity": LINE["name"], "workshop": workshop(0), "line": LINE}],
        "discount": "Tarif 65 ans et plus",
        "refused": None,
    }
    second = {
        **first,
        "id": "i2",
        "places": [{"activity": "Écoute de soi", "workshop": None, "line": LINE}],
        "discount": None,
    }
    return {
        **CLIENT,
        "path": "/panier",
        "items": [first, second],
        "total": money(67500),
        "due_now": money(8000),
        "until": None,
        "online": True,
        "activities": ACTIVITIES,
        "phases": [{"id": "p1", "name": "Phase 1"}, {"id": "p2", "name": "Phase 2"}],
        "wish": {"activite": "", "atelier": "", "rabais": ""},
        "chosen": None,
        "contact": CONTACT,
        "values": {},
        "errors": {},
        **changes,
    }


def baskets() -> Iterator[Page]:
    wish = {"activite": "a2", "atelier": "w0", "rabais": ""}
    dates = [{**workshop(n), "due_now": money(33750) if n == 0 else None} for n in (0, 1, 2)]
    discounts = [{"id": "d1", "name": "Tarif 65 ans et plus (preuve demandée)"}]
    chosen: Context = {"id": "a2", "refused": None, "line": LINE, "dates": dates, "discounts": discounts}
    full = {"id": "a2", "refused": "Cet atelier est complet.", "registration": None}
    twice = {"id": "a2", "refused": "Cette activité est déjà à planifier.", "registration": "r1"}
    lost = {"activity": LINE["name"], "workshop": workshop(0), "line": None}
    gone = {**basket()["items"][0], "places": [lost], "refused": "Cet atelier a commencé."}
    done = LINE | {"price": money(0), "done_on": "2025-11-02"}
    places = [
        {"activity": a["name"], "workshop": None, "line": done if n else LINE}
        for n, a in enumerate(ACTIVITIES)
    ]
    whole = {**gone, "refused": None, "phase": "Phase 1", "places": places, "discount": None}
    empty: Context = {"items": [], "total": money(0), "due_now": money(0), "wish": wish}
    flag = {"sentence": "Pour vous inscrire, communiquez avec nous.", "rule": "DOS-13", "next": []}
    for name, made in (
        ("basket", basket()),
        ("basket-adding", basket(**empty, chosen=chosen)),
        ("basket-full", basket(**empty, chosen=full)),
        ("basket-twice", basket(**empty, chosen=twice)),
        ("basket-no-reason", basket(**empty, chosen=chosen, errors={"reason": "À remplir."})),
        ("basket-flag", basket(**empty, chosen=chosen, refusal=flag)),
        ("basket-gone", basket(items=[gone], total=money(0), due_now=money(0))),
        ("basket-phase", basket(items=[whole])),
        ("basket-held", basket(until=instant(0, 18))),
        ("basket-offline", basket(online=False)),
        ("basket-free", basket(total=money(0), due_now=money(0))),
    ):
        yield Page(name, "client/basket.html", made)


def change(**changes: object) -> Context:
    dated = {**registration("scheduled", 0), "activity_id": "a1", "invoice": "i1"}
    dates = [{**workshop(n), "due_now": money(33500) if n == 1 else None} for n in (1, 2, 3)]
    ending = {"why": "date abandonnée à moins d’un mois : acompte perdu"}
    amounts = {"paid": money(4000), "fee": money(4000), "refund": money(0)}
    return {
        **CLIENT,
        "path": "/mon-dossier/inscriptions/r1/modifier",
        "registration": dated,
        "here": "/mon-dossier/inscriptions/r1/modifier",
        "begun": False,
        "countries": ["CA", "FR"],
        "filters": {"lieu": ""},
        "dates": dates,
        "full": 2,
        "chosen": None,
        "error": None,
        "ending": {**ending, **amounts},
        "contact": CONTACT,
        **changes,
    }


def changes() -> Iterator[Page]:
    near = {
        "sentence": "Cet atelier commence bientôt : le solde est à payer d’abord.",
        "rule": "INS-4",
        "next": [],
    }
    later = {**change()["registration"], "state": "to_schedule", "workshop": None}
    for name, made in (
        ("change", change()),
        ("change-later", change(registration=later, error="Choisissez une date.")),
        ("change-none", change(dates=[], filters={"lieu": "FR"})),
        ("change-begun", change(begun=True)),
        ("change-near", change(refusal=near, chosen="w1")),
        ("change-full", change(refusal=FULL | {"next": []})),
    ):
        yield Page(name, "client/registration.html", made)


def phase(**changes: object) -> Context:
    dates = [{**workshop(n), "due_now": money(33750) if n == 0 else None} for n in (0, 1, 2)]
    lines = [
        {**LINE, "id": a["id"], "name": a["name"], "dates": dates if n else []}
        for n, a in enumerate(ACTIVITIES)
    ]
    lines.append({**lines[1], "id": "a9", "price": money(0), "done_on": "2025-11-02"})
    return {
        **CLIENT,
        "path": "/panier/phase/p1",
        "phase": {"id": "p1", "name": "Phase 1", "number": 1},
        "lines": lines,
        "total": {"price": money(101250), "deposit": money(12000)},
        "hindered": None,
        "although": False,
        "discounts": [{"id": "d1", "name": "Tarif 65 ans et plus (preuve demandée)"}],
        "values": {"date-a2": "w1"},
        "contact": CONTACT,
        **changes,
    }


def phases() -> Iterator[Page]:
    free = {
        "code": "free_a_la_carte",
        "sentence": "À la carte, c’est sans frais.",
        "rule": "INS-3",
        "free": True,
    }
    twice = {**free, "code": "already_enrolled", "sentence": "Vous suivez déjà cette phase.", "free": False}
    yield Page("phase", "client/phase_in_basket.html", phase())
    yield Page("phase-full", "client/phase_in_basket.html", phase(refusal=FULL | {"next": []}))
    for name, why in (("phase-free", free), ("phase-twice", twice)):
        hindered = phase(hindered=why, lines=[], total=None, discounts=[])
        yield Page(name, "client/phase_in_basket.html", hindered)


def activities(**changes: object) -> Context:
    prices = [money(37500), money(37500, "EUR")]
    taught = [{**a, "days": 2, "prices": prices} for a in ACTIVITIES]
    both = [{"id": f"p{n}", "name": f"Phase {n}", "number": n, "activities": ACTIVITIES * 3} for n in (1, 2)]
    return {
        "path": "/activites",
        "phases": [p | {"prices": [money(337500)]} for p in both],
        "groups": [
            {"category": "regular", "activities": taught[:2]},
            {"category": "etre_bien", "activities": taught[2:]},
        ],
        "hearts": None,
        "log_in": "/connexion?next=/activites",
        "contact": CONTACT,
        **changes,
    }


def terms() -> Iterator[Page]:
    rows = [
        {
            "category": category,
            "deposit": money(2000 if category == "etre_bien" else 4000),
            "per_day": category == "etre_bien",
            "hours": 48,
            "months": 1,
            "lost": "always" if category == "etre_bien" else "two_days",
            "absent_percent": 10,
        }
        for category in ("regular", "etre_bien", "complementary")
    ]
    regions = [
        {"region": "canada", "link": "https://example.com/conditions", "rows": rows},
        {"region": "europe", "link": "", "rows": rows},
    ]
    shown: Context = {"path": "/conditions", "regions": regions, "contact": CONTACT}
    yield Page("terms", "public/terms.html", PUBLIC | shown)
    yield Page("terms-client", "public/terms.html", CLIENT | shown)


def client_pages() -> Iterator[Page]:
    own = {
        "registrations": {"a1": {"id": "r1", "workshop": {"id": "w0"}}},
        "waiting_for": ["w1"],
        "hearts": ["a1"],
    }
    yield Page("dates", "public/dates.html", PUBLIC | dates())
    yield Page("dates-client", "public/dates.html", CLIENT | dates(own=own, next_href="/dates?page=2"))
    yield from baskets()
    yield from changes()
    yield from phases()
    yield from terms()
    yield Page("activities", "public/activities.html", PUBLIC | activities())
    yield Page("activities-client", "public/activities.html", CLIENT | activities(hearts=["a1", "p1"]))
    nothing = dates(groups=[], filters={"lieu": "FR", "activite": "a2"})
    yield Page("dates-none", "public/dates.html", PUBLIC | nothing)
