"""The dossier in every state worth seeing, shaped like what its route passes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.portal.sample_office import then
from tests.portal.sample_parts import (
    ACTIVITIES,
    COMMON,
    ELOISE,
    LONG,
    ORGANISERS,
    Context,
    Page,
    instant,
    money,
    workshop,
)

_WHO = {"at": instant(-20), "by": ORGANISERS[0]}


def counts(registrations: int, **other: int) -> Context:
    names = ("invoices", "communications", "documents", "notes", "history")
    return {"registrations": registrations, **dict.fromkeys(names, 0), **other}


def note(text: str, **other: Any) -> Context:
    return {"text": text, "no_online_registration": False, **_WHO, **other}


def noted() -> Context:
    """What is noted of somebody, one of each."""
    flag = "Ne pas inscrire : solde de 2024, promis pour mars. Téléphoner avant toute nouvelle inscription."
    answered = {"at": instant(-90), "by": "Éloïse D’Arcy-Lévesque", "wording": "2026-01", "source": None}
    said = answered | {"wording": None, "source": "appel du 3 mars"}
    silent = dict.fromkeys(("at", "by", "wording", "source"), None)
    return {
        "notes": {
            "accounting": note(flag, no_online_registration=True),
            "trainer": note("Porte un appareil auditif."),
            "general": None,
        },
        "card": {"valid_from": "2026-01-01", "valid_until": "2026-12-31"},
        "card_valid": True,
        "today": "2026-11-24",
        "now": "2026-11-24T15:00:00Z",
        "sends_letters": True,
        "opens_places": False,
        "preferences": [
            {"channel": "telephone", "allowed": False} | silent,
            {"channel": "post", "allowed": False} | said,
            {"channel": "email", "allowed": True} | answered,
        ],
        "interests": [{"name": ACTIVITIES[2]["name"], **_WHO}, {"name": "Phase 2", **_WHO, "by": ""}],
        "contact_address": None,
        "billing": {"name": "Coopérative d’habitation du Parc", "address": "900, rue du Parc, Laval"},
    }


def nothing_noted() -> Context:
    """The same of somebody of whom nothing is noted."""
    silent = dict.fromkeys(("at", "by", "wording", "source"), None)
    channels = ("telephone", "post", "email")
    none = dict.fromkeys(("card", "contact_address", "billing"), None)
    lists = ("interests", "phases", "waiting_for", "followed_elsewhere", "invoices", "documents")
    return {
        "notes": dict.fromkeys(("accounting", "trainer", "general")),
        "card_valid": False,
        "preferences": [{"channel": c, "allowed": False} | silent for c in channels],
        **none,
        **{name: [] for name in lists},
        "missed_mails": {"address_bad": False, "mails": []},
    }


def in_phase(number: int) -> Context:
    states = ["followed"] * 6 + ["scheduled", "to_schedule", "missing" if number == 2 else "to_schedule"]
    places = [
        {
            "activity_id": f"a{n}",
            "activity": f"{ACTIVITIES[n % 3]['name']} {n + 1}",
            "state": state,
            "starts": instant(12) if state == "scheduled" else None,
            "zone": "America/Toronto",
            "followed_on": "2025-10-12" if state == "followed" else None,
        }
        for n, state in enumerate(states)
    ]
    return {
        "enrolment": f"e{number}",
        "number": number,
        "name": f"Phase {number}",
        "letter_ready": number == 1,
        "letter_sent": None,
        "places": places,
    }


def awaited() -> Context:
    place = {k: workshop(1)[k] for k in ("id", "starts", "ends", "zone", "venue")}
    return {
        "activity": ACTIVITIES[1]["name"],
        "since": instant(-9),
        "offered_until": instant(1),
        "workshop": place,
    }


def elsewhere() -> list[Context]:
    named = {"activity": ACTIVITIES[0]["name"]}
    return [
        {**named, "first_day": "2024-05-04", "last_day": "2024-05-05", "country": "MA"},
        {**named, "first_day": "2019-02-02", "last_day": "2019-02-02", "country": None},
    ]


def invoices() -> list[Context]:
    first = {"id": "i1", "number": "CA-2026-0412", "issued_on": "2026-11-24", "void": False}
    return [
        {**first, "total": money(375_000), "balance": money(33_500)},
        {**first, "number": "CA-2025-0031", "total": money(37_500), "balance": money(0), "void": True},
    ]


def documents() -> list[Context]:
    nothing = dict.fromkeys(("name", "size", "by_staff", "role", "channel", "reason"))
    about = {"kind": "discount", "activity": ACTIVITIES[0]["name"], "registration": "r1", "to_decide": False}
    proof = {"id": None} | nothing | about
    file = {"name": "Attestation d’inscription au chômage, mars 2026, recto-verso.heic", "size": 3_482_112}
    waits = {"to_decide": True, "role": "client"}
    return [
        {**proof, "state": "asked", "at": instant(-2)},
        {
            **proof,
            **file,
            "id": "d1",
            "state": "received",
            **waits,
            "at": instant(-3),
        },
        {
            **proof,
            **file,
            "id": "d2",
            "kind": "other",
            "state": "kept",
            "by_staff": "Marie-Hélène Œuvrard-Desjardins",
            "role": "office",
            "at": instant(-3),
        },
        {**proof, "state": "rejected", "reason": "La carte est échue depuis mars.", "at": instant(-4)},
        {
            **proof,
            "kind": "consent",
            "activity": None,
            "channel": "post",
            "state": "kept",
            "at": instant(-90),
        },
    ]


def communications() -> list[Context]:
    def mail(n: int, state: str, label: str, **other: Any) -> Context:
        sent = state == "sent"
        about = {"id": f"m{n}", "recipient": "client", "state": state, "state_label": label, "error": None}
        address = "eloise.darcy-levesque-de-beaumont@example.com" if sent else None
        said = {"to": address, "subject": "Votre inscription : Écoute de soi" if sent else None}
        told = {"kind": "mail", "at": instant(-n), "by": "", "sentence": "confirmation d’inscription"}
        return told | {"mail": {**about, **said, **other}}

    written = {"kind": "note", "at": instant(-3), "by": ORGANISERS[0], "mail": None}
    return [
        mail(1, "to_send", "à envoyer"),
        mail(2, "sent", "envoyé"),
        written | {"sentence": "Note du personnel (générale) : Rappeler en mars"},
        written | {"sentence": "Intérêt noté : Écoute de soi", "kind": "interest", "by": ""},
        mail(4, "failed", "échec", recipient="organiser", error="smtp_550"),
    ]


def registration(state: str, n: int = 0, **other: Any) -> Context:
    dated = state in ("scheduled", "followed")
    at = workshop(n) if dated else None
    made = {
        "id": f"r{n}",
        "state": state,
        "activity": ACTIVITIES[n % 3]["name"],
        "student": n % 2 == 0,
        "retake": n == 1,
        "workshop": at and {k: at[k] for k in ("id", "starts", "ends", "zone", "venue")},
        "invoice_number": f"CA-2026-04{12 + n}",
        "price": money(37500),
        "paid": money([4000, 37500, 41500][n % 3]),
        "balance": money([33500, 0, -4000][n % 3]),
    }
    return {**made, **other}


def history() -> list[Context]:
    told = [
        "Inscription à « Écoute de soi » annulée. Note sur la facture : « Deuil dans la famille. »",
        "Date choisie pour « Écoute de soi » : sam. 5 – dim. 6 déc. 2026, Laval.",
        "Date ultérieure : « Écoute de soi » (sam. 10 – dim. 11 oct. 2026) redevient À PLANIFIER.",
        "Inscription à « Écoute de soi », sam. 10 – dim. 11 oct. 2026, Laval. Facture CA-2026-0412.",
        "Dossier créé par le personnel.",
    ]
    return [
        {"at": instant(-3 * n, 19), "by": ORGANISERS[n % 2], "sentence": sentence}
        for n, sentence in enumerate(told)
    ]


def dossier(**other: Any) -> Context:
    other = {"errors": {}} | other
    file = {
        **ELOISE,
        "state": "active",
        "form_of_address": "madam",
        "email": "eloise.darcy-levesque@example.com",
        "telephone": "+1 450 555-0143",
        "street": "1420, boulevard Saint-Martin Ouest, app. 3",
        "city": "Laval",
        "postal_code": "H7S 1M8",
        "country": "CA",
        "currency": "CAD",
        "language": "fr",
        "created_at": instant(-400),
    }
    registrations = [
        registration("scheduled", 0),
        registration("to_schedule", 1),
        registration("followed", 2),
        registration("cancelled", 3),
    ]
    past = {k: workshop(0)[k] for k in ("id", "zone", "venue")} | {
        "starts": "2026-10-10T13:00:00Z",
        "ends": "2026-10-11T21:00:00Z",
    }
    return {
        "path": "/dossiers/c1",
        "dossier": {**file, **other.pop("file", {})},
        "tab": "inscriptions",
        "counts": counts(4, invoices=2, communications=5, documents=3, notes=4, history=58),
        **noted(),
        "phases": [in_phase(1), in_phase(2)],
        "waiting_for": [awaited()],
        "followed_elsewhere": elsewhere(),
        "invoices": invoices(),
        "documents": documents(),
        "missed_mails": {
            "address_bad": True,
            "mails": [{"message": "00000000-0000-4000-8000-000000000001", "status": "5.1.1"}],
        },
        "communications": [],
        "mail": None,
        "registrations": registrations,
        "given_up": [
            {"activity": "Écoute de soi", "workshop": past, "at": instant(-54), "by": ORGANISERS[0]}
        ],
        "history": [],
        "next_href": None,
        "see_money": True,
        **other,
    }


def dossier_tabs() -> Iterator[Page]:
    for tab in ("factures", "documents", "notes"):
        yield Page(f"dossier-{tab}", "staff/dossier.html", dossier(tab=tab))
        bare = dossier(tab=tab, counts=counts(0), **nothing_noted())
        yield Page(f"dossier-{tab}-none", "staff/dossier.html", bare)
    rows = communications()
    text = (
        "Chère Éloïse,\n\nVotre place est réservée.\n\n  Écoute de soi\n"
        + "https://portail.example/"
        + "a" * 120
    )
    mail = {"mail": rows[1]["mail"], "text": text}
    told: Context = {"tab": "communications", "communications": rows, "next_href": "?suite=x"}
    yield Page("dossier-communications", "staff/dossier.html", dossier(**told, mail=mail))
    yield Page("dossier-communications-none", "staff/dossier.html", dossier(tab="communications"))


def edit_pages() -> Iterator[Page]:
    """The page that changes a dossier."""
    someone = noted()
    interests = [i | {"value": f"activity:{n}"} for n, i in enumerate(someone["interests"])]
    offered = [{"id": f"activity:{n}", "name": a["name"]} for n, a in enumerate(ACTIVITIES)]
    names = ("form_of_address", "email", "telephone", "street", "postal_code", "city")
    base = {
        "path": "/dossiers/c1",
        "client": {"id": "c1", **LONG},
        "seen_version": 12,
        "profile": {**dict.fromkeys(names, ""), **LONG, "country": "MA", "language": "fr"},
        "noted": {**someone, "interests": interests},
        "note_kinds": ["accounting", "trainer", "general"],
        "offered": offered,
        "countries": ["CA", "FR"],
        "namesake": False,
        "opened": "",
        "values": {},
        "errors": {},
    }
    nothing = {"notes": dict.fromkeys(("accounting", "trainer", "general")), "interests": []}
    bare = {**nothing, "card": None, "contact_address": None, "billing": None}
    yield Page("dossier-edit", "staff/dossier_edit.html", base)
    yield Page("dossier-edit-bare", "staff/dossier_edit.html", {**base, "noted": bare})
    typed = {"values": {"email": "léa", "first_name": ""}, "errors": {"email": "Ce champ manque."}}
    failed = {**base, **typed, "opened": "profile", "namesake": True}
    yield Page("dossier-edit-errors", "staff/dossier_edit.html", failed)


def export_pages() -> Iterator[Page]:
    counts = {"registrations": 4, "invoices": 2, "mails": 5, "documents": 1, "events": 58}
    nobody: Context = {"client": {"id": "c1", **LONG}, "counts": counts, "link": None, "until": None}
    told = "Rabais hors catalogue demandé : « deux enfants à charge », à discuter avec la comptabilité."
    full = {
        "notes": [
            ("accounting", "Solde de 2024, promis pour mars."),
            ("general", "Parle avec " + "sa sœur " * 30),
        ],
        "internal": [(instant(-3), told)],
        "cheques": [
            (instant(-9), "Paiement décrit : chèque 0411, tireur : Éloïse D’Arcy", False),
            (instant(-4), "Paiement décrit : chèque 0412, tireur : Zoé D’Arcy, encaisser après le 15", True),
        ],
        "link": "https://portail.example/donnees/" + "a" * 90,
        "until": instant(1),
    }
    yield Page("dossier-export", "staff/dossier_export.html", nobody | full)
    yield Page(
        "dossier-export-bare",
        "staff/dossier_export.html",
        nobody | {"notes": [], "internal": [], "cheques": []},
    )


def duplicate_pages() -> Iterator[Page]:
    about = {"city": "Saint-Jean-sur-Richelieu", "telephone": "+1 450 555-0143", "email": None}
    pair = [{"id": "c1", **ELOISE, **about}, {"id": "c2", **LONG, **about}]
    groups = [{"why": "telephone", "clients": pair}, {"why": "name", "clients": pair}]
    yield Page("duplicates", "staff/duplicates.html", {"groups": groups, "next_href": "?suite=x"})
    yield Page("duplicates-none", "staff/duplicates.html", {"groups": [], "next_href": None})


def dossier_pages() -> Iterator[Page]:
    yield from export_pages()
    yield from duplicate_pages()
    notice = {
        "text": "Inscription faite. Facture CA-2026-0412.",
        "next": [
            {"label": "Voir la liste de participants", "href": "/ateliers/w0/participants"},
            {"label": "Faire une autre inscription", "href": "/dossiers/c1/inscrire"},
        ],
    }
    yield Page("dossier", "staff/dossier.html", dossier(notice=notice))
    reader = {**COMMON["me"], "may": ["list-dossiers", "read-document"]}
    yield Page("dossier-past", "staff/dossier.html", dossier(me=reader, then=then()))
    yield Page(
        "dossier-history",
        "staff/dossier.html",
        dossier(tab="historique", history=history(), next_href="?cursor=x"),
    )
    bare = {"email": None, "telephone": None, "street": None, "form_of_address": None, "language": "en"}
    yield from dossier_tabs()
    empty = {"registrations": [], "given_up": [], "counts": counts(0, history=1), **nothing_noted()}
    yield Page("dossier-empty", "staff/dossier.html", dossier(file={**LONG, **bare}, **empty))
    long = {**bare, "email": f"{'c2728154fd60446' * 4}@example.com", "city": None}
    yield Page("dossier-long", "staff/dossier.html", dossier(file={**LONG, **long}, **empty))
    gone = dict.fromkeys(("form_of_address", "email", "telephone", "street", "city", "country"), "[effacé]")
    file = {**gone, "state": "deactivated"}
    left = nothing_noted() | {"followed_elsewhere": elsewhere()}
    yield Page("dossier-deactivated", "staff/dossier.html", dossier(file=file, see_money=False, **left))
    names = dict.fromkeys(("first_name", "last_name", "postal_code"), "[effacé]")
    yield Page(
        "dossier-erased", "staff/dossier.html", dossier(file={**gone, **names, "state": "erased"}, **empty)
    )
    merged = {"state": "merged", "merged_into": "c9"}
    yield Page("dossier-merged", "staff/dossier.html", dossier(file=merged, **empty))
