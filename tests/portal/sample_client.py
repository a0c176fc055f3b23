"""Dates, basket, changes and profile as a client sees them, in every state worth seeing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_dossier import registration
from tests.portal.sample_own_file import CLIENT
from tests.portal.sample_parts import ACTIVITIES, COMMON, FULL, Context, Page, instant, money, workshop

CONTACT = {
    "email": "info@example.com",
    "telephones": [
        {"where": "Canada", "number": "450 555-0100"},
        {"where": "Europe", "number": "+33 1 55 55 01 00"},
    ],
}
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
        "own": None,
        "contact": CONTACT,
        **changes,
    }


LINE: Context = {
    "name": "ÊTRE BIEN dans son corps et dans ses relations",
    "price": money(33750),
    "deposit": money(4000),
    "due_now": money(4000),
    "reasons": ["Prix du catalogue : 375,00 $", "Rabais : 337,50 $", "Acompte : 40,00 $"],
}


def basket(**changes: object) -> Context:
    first: Context = {
        "id": "i1",
        "phase": None,
        "places": [{"activity": LINE["name"], "workshop": workshop(0)}],
        "discount": "Tarif 65 ans et plus",
        "lines": [LINE],
        "refused": None,
    }
    second = {
        **first,
        "id": "i2",
        "places": [{"activity": "Écoute de soi", "workshop": None}],
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
        "wish": {"activite": "", "atelier": "", "rabais": ""},
        "chosen": None,
        "contact": CONTACT,
        **changes,
    }


def baskets() -> Iterator[Page]:
    wish = {"activite": "a2", "atelier": "w0", "rabais": ""}
    dates = [{**workshop(n), "due_now": money(33750) if n == 0 else None} for n in (0, 1, 2)]
    discounts = [{"id": "d1", "name": "Tarif 65 ans et plus (preuve demandée)"}]
    chosen: Context = {"id": "a2", "refused": None, "line": LINE, "dates": dates, "discounts": discounts}
    full = {"id": "a2", "refused": "Cet atelier est complet."}
    gone = {**basket()["items"][0], "lines": [], "refused": "Cet atelier a commencé."}
    empty: Context = {"items": [], "total": money(0), "due_now": money(0), "wish": wish}
    flag = {"sentence": "Pour vous inscrire, communiquez avec nous.", "rule": "DOS-13", "next": []}
    for name, made in (
        ("basket", basket()),
        ("basket-adding", basket(**empty, chosen=chosen)),
        ("basket-full", basket(**empty, chosen=full)),
        ("basket-flag", basket(**empty, chosen=chosen, refusal=flag)),
        ("basket-gone", basket(items=[gone], total=money(0), due_now=money(0))),
        ("basket-held", basket(until=instant(0, 18))),
        ("basket-offline", basket(online=False)),
        ("basket-free", basket(total=money(0), due_now=money(0))),
    ):
        yield Page(name, "client/basket.html", made)


def change(**changes: object) -> Context:
    dated = {**registration("scheduled", 0), "activity_id": "a1"}
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


def client_pages() -> Iterator[Page]:
    own = {
        "registrations": {"a1": {"id": "r1", "workshop": {"id": "w0"}}},
        "waiting_for": ["w1"],
    }
    yield Page("dates", "public/dates.html", PUBLIC | dates())
    yield Page("dates-client", "public/dates.html", CLIENT | dates(own=own))
    yield from baskets()
    yield from changes()
    nothing = dates(groups=[], filters={"lieu": "FR", "activite": "a2"})
    yield Page("dates-none", "public/dates.html", PUBLIC | nothing)
