"""A context for every page in every state worth seeing, shaped like what the routes pass."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
LAVAL = {"name": "Hôtel Le Boréal", "city": "Laval", "country": "CA"}
LYON = {"name": "Espace des Brotteaux, salle Rhône-Alpes", "city": "Lyon", "country": "FR"}
ACTIVITIES = [
    {"id": "a1", "name": "Écoute de soi"},
    {"id": "a2", "name": "Autonomie affective"},
    {"id": "a3", "name": "ÊTRE BIEN dans son corps et dans ses relations"},
]
ORGANISERS = ["Monique Tremblay", "Jean-Sébastien Archambault-Vaillancourt"]
EVERYTHING = [
    "create-dossier",
    "register-client",
    "choose-date",
    "defer-registration",
    "cancel-registration",
    "plan-workshop",
    "tick-attendance",
    "list-dossiers",
    "list-to-schedule",
    "list-caught-mails",
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
    "notice": None,
    "refusal": None,
}
FULL = {
    "sentence": "Cet atelier est complet : 60 places sur 60 sont prises. Rien n’a changé.",
    "rule": "ATE-2",
    "next": [{"label": "Voir la liste de participants", "href": "/ateliers/w1/participants"}],
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
    }
    return {**made, **other}


def participant(n: int, *, followed: bool = False) -> Context:
    names = LONG if n == 7 else {"first_name": FIRST_NAMES[n % 12], "last_name": LAST_NAMES[n % 8]}
    retake, currency = n % 11 == 4, "EUR" if n % 13 == 5 else "CAD"
    return {
        "registration": f"r{n}",
        "client": f"c{n}",
        **names,
        "state": "followed" if followed and n % 2 else "scheduled",
        "student": n % 3 == 1,
        "retake": retake,
        "has_email": n % 17 != 6,
        "price": money(0 if retake else 37500, currency),
        "balance": money(0 if retake or n % 4 == 0 else -4000 if n == 9 else 33500, currency),
    }


def roster(count: int, **other: Any) -> Context:
    return {
        "path": "/ateliers/w0/participants",
        "workshop": {
            **workshop(0, taken=count),
            "trainers": ["Marc-André Ouellet", "Sœur Bénédicte"],
            "place_note": "Stationnement par la rue des Érables.",
            "practical_note": "Apporter coussin, couverture et gourde.",
        },
        "rows": [participant(n, followed=other.get("followed", False)) for n in range(count)],
        "totals": [
            {"price": money(2_062_500), "balance": money(1_541_000)},
            {"price": money(187_500, "EUR"), "balance": money(0, "EUR")},
        ]
        if count
        else [],
        "see_money": True,
        "attendance": {"open": False, "why": "La présence se coche à partir du dim. 6 déc. 2026."},
        "checked": None,
        **{k: v for k, v in other.items() if k != "followed"},
    }


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
        "counts": {"registrations": 4, "history": 58},
        "registrations": registrations,
        "given_up": [
            {"activity": "Écoute de soi", "workshop": past, "at": instant(-54), "by": ORGANISERS[0]}
        ],
        "history": [],
        "next_href": None,
        "see_money": True,
        **other,
    }


def choice(n: int, **other: Any) -> Context:
    """A date that a registration may take."""
    made = {**workshop(n * 3), "taken": 12 * n, "due_now": money(4000), "closed_because": None}
    return {**made, **other}


DATES = [
    choice(0, due_now=money(37500)),
    choice(1),
    choice(2, taken=60, closed_because="complet"),
    choice(3, closed_because="plus de reprise"),
]


def register(**other: Any) -> Context:
    return {
        "path": "/dossiers/c1/inscrire",
        "client": ELOISE,
        "activities": ACTIVITIES,
        "countries": ["CA", "FR"],
        "filters": {"activite": "a1", "lieu": "CA"},
        "chosen": {
            "id": "a1",
            "name": "Écoute de soi",
            "retake": False,
            "price": money(37500),
            "deposit": money(4000),
            "reasons": ["Prix du catalogue en dollars canadiens"],
        },
        "workshops": DATES,
        "values": {"workshop": None},
        "methods": [{"id": "cheque", "name": "chèque"}, {"id": "cash", "name": "espèces"}],
        "may_waive": True,
        "errors": {},
        **other,
    }


def login_pages() -> Iterator[Page]:
    empty = {"values": {"email": "", "next": "/"}, "errors": {}, "me": None, "path": "/connexion"}
    yield Page("login", "public/login.html", empty)
    refusal = {"sentence": "Courriel, mot de passe ou code inexact.", "rule": "DOS-7", "next": []}
    typed = {"values": {"email": "office@example.com", "next": "/a-planifier"}, "refusal": refusal}
    yield Page(
        "login-refused",
        "public/login.html",
        {**empty, **typed, "errors": {"code": "Tapez les 6 chiffres affichés en ce moment."}},
    )


def workshop_pages() -> Iterator[Page]:
    filters = {"lieu": "CA", "activite": "", "periode": "a_venir"}
    listed = {
        "path": "/ateliers",
        "filters": filters,
        "countries": ["CA", "FR", "CH"],
        "activities": ACTIVITIES,
        "workshops": [workshop(n) for n in range(18)],
        "total": 41,
        "next_href": "/ateliers?lieu=CA&cursor=abc",
    }
    yield Page("workshops", "staff/workshops.html", listed)
    none = {"workshops": [], "total": 0, "next_href": None}
    yield Page("workshops-none", "staff/workshops.html", {**listed, **none})


def roster_pages() -> Iterator[Page]:
    yield Page("roster", "staff/roster.html", roster(42))
    notice = {"text": "30 présences cochées.", "next": [{"label": "Voir les ateliers", "href": "/ateliers"}]}
    today = {"attendance": {"open": True, "why": None}, "followed": True, "notice": notice}
    yield Page("roster-full", "staff/roster.html", roster(60, **today))
    yield Page("roster-empty", "staff/roster.html", roster(0))
    trainer = {**COMMON["me"], "roles": ["animateur"], "may": ["tick-attendance"]}
    rows = [{k: v for k, v in participant(n).items() if k not in ("price", "balance")} for n in range(5)]
    seen = {"me": trainer, "see_money": False, "rows": rows, "totals": [], "checked": ["r1"]}
    yield Page("roster-trainer", "staff/roster.html", roster(5, **seen))
    reader = {**COMMON["me"], "roles": ["vérificatrice"], "may": ["list-dossiers"]}
    yield Page("roster-reader", "staff/roster.html", roster(3, me=reader))


def dossier_pages() -> Iterator[Page]:
    notice = {
        "text": "Inscription faite. Facture CA-2026-0412.",
        "next": [
            {"label": "Voir la liste de participants", "href": "/ateliers/w0/participants"},
            {"label": "Faire une autre inscription", "href": "/dossiers/c1/inscrire"},
        ],
    }
    yield Page("dossier", "staff/dossier.html", dossier(notice=notice))
    yield Page(
        "dossier-history",
        "staff/dossier.html",
        dossier(tab="historique", history=history(), next_href="?cursor=x"),
    )
    bare = {"email": None, "telephone": None, "street": None, "form_of_address": None, "language": "en"}
    empty = {"registrations": [], "given_up": [], "counts": {"registrations": 0, "history": 1}}
    yield Page("dossier-empty", "staff/dossier.html", dossier(file={**LONG, **bare}, **empty))
    long = {**bare, "email": f"{'c2728154fd60446' * 4}@example.com", "city": None}
    yield Page("dossier-long", "staff/dossier.html", dossier(file={**LONG, **long}, **empty))
    gone = dict.fromkeys(("form_of_address", "email", "telephone", "street", "city", "country"), "[effacé]")
    file = {**gone, "state": "deactivated"}
    yield Page("dossier-deactivated", "staff/dossier.html", dossier(file=file, see_money=False))
    names = dict.fromkeys(("first_name", "last_name", "postal_code"), "[effacé]")
    yield Page(
        "dossier-erased", "staff/dossier.html", dossier(file={**gone, **names, "state": "erased"}, **empty)
    )
    yield Page("register", "staff/register.html", register())
    yield Page(
        "register-start", "staff/register.html", register(chosen=None, filters={"activite": "", "lieu": ""})
    )
    errors = {"workshop": "Choisissez une date, ou À PLANIFIER."}
    yield Page("register-error", "staff/register.html", register(errors=errors, workshops=[]))
    yield Page("register-refused", "staff/register.html", register(refusal=FULL, values={"workshop": "w3"}))


def found(n: int) -> Context:
    """A dossier as the search lists it."""
    names = LONG if n == 7 else {"first_name": FIRST_NAMES[n % 12], "last_name": LAST_NAMES[n % 8]}
    state = "deactivated" if n == 4 else "active"
    gone = "[effacé]" if state == "deactivated" else None
    return {
        "id": f"c{n}",
        "state": state,
        **names,
        "email": gone
        or (None if n == 6 else f"personne.au-nom.plutot.long{n}@exemple-de-domaine.example.com"),
        "telephone": gone or "+33 1 76 66 07 55",
        "city": gone or "Saint-Jean-sur-Richelieu",
        "postal_code": "J3B 2A1",
        "country": gone or "CA",
    }


def found_pages() -> Iterator[Page]:
    listed = {
        "path": "/dossiers",
        "query": "Lévesque",
        "dossiers": [found(n) for n in range(20)],
        "nearly": False,
        "total": 314,
        "counted": 1_000,
        "next_href": "/dossiers?q=L&cursor=x",
    }
    yield Page("dossiers", "staff/dossiers.html", listed)
    none = {"dossiers": [], "total": 0, "next_href": None}
    yield Page("dossiers-none", "staff/dossiers.html", {**listed, **none})
    near = {"query": "Lévesqe", "dossiers": [found(1)], "nearly": True, "total": 0, "next_href": None}
    yield Page("dossiers-nearly", "staff/dossiers.html", {**listed, **near})
    many = {"query": "", "total": 1_001}
    yield Page("dossiers-many", "staff/dossiers.html", {**listed, **many})
    waiting = {
        "path": "/a-planifier",
        "filters": {"activite": "a2", "pays": ""},
        "activities": ACTIVITIES,
        "countries": ["CA", "FR"],
        "rows": [to_schedule(n) for n in range(12)],
        "total": 12,
        "next_href": None,
        "now": instant(0),
    }
    yield Page("to-schedule", "staff/to_schedule.html", waiting)
    yield Page("to-schedule-none", "staff/to_schedule.html", {**waiting, "rows": [], "total": 0})
    home = {"workshops": [workshop(n) for n in range(5)], "to_schedule": 37, "now": instant(0)}
    yield Page("home", "staff/home.html", home)
    yield Page("home-empty", "staff/home.html", {**home, "workshops": [], "to_schedule": None})


def to_schedule(n: int) -> Context:
    row = participant(n)
    kept = ("registration", "client", "first_name", "last_name", "student", "retake", "has_email")
    given_up = {k: workshop(n)[k] for k in ("starts", "ends", "zone")}
    return {k: row[k] for k in kept} | {
        "city": None if n == 3 else "Trois-Rivières",
        "country": "CA",
        "activity": ACTIVITIES[n % 3]["name"],
        "since": instant(-9 * (12 - n)),
        "given_up": given_up if n % 3 == 0 else None,
    }


def new_dossier(**other: Any) -> Context:
    fields = ("last_name", "first_name", "form_of_address", "email", "telephone", "street", "city")
    blank = dict.fromkeys((*fields, "postal_code", "namesake_reason"), "")
    return {
        "path": "/dossiers/nouveau",
        "values": {**blank, "country": "CA", "language": "fr", **other.pop("values", {})},
        "errors": {},
        "countries": ["CA", "FR", "BE", "CH", "LU"],
        "match": None,
        **other,
    }


def edit(state: str, **other: Any) -> Context:
    return {
        "path": "/dossiers/c1/inscriptions/r0/modifier",
        "client": ELOISE,
        "registration": registration(state),
        "see_money": True,
        "countries": ["CA", "FR"],
        "filters": {"lieu": ""},
        "workshops": DATES,
        "values": {"workshop": None, "note": ""},
        "may_waive": True,
        "errors": {},
        "opened": None,
        **other,
    }


def plan(**other: Any) -> Context:
    fields = ("activity", "venue", "organiser", "retake_limit", "place_note", "practical_note")
    blank = dict.fromkeys(fields, "")
    values = {**blank, "zone": "America/Toronto", "trainers": [], "capacity": "60", "sessions": []}
    return {
        "path": "/ateliers/nouveau",
        "activities": ACTIVITIES,
        "venues": [{"id": "v1", "name": "Laval · Hôtel Le Boréal"}, {"id": "v2", "name": "Lyon · Brotteaux"}],
        "zones": [
            {"id": "America/Toronto", "name": "Québec (Toronto)"},
            {"id": "Europe/Paris", "name": "Europe (Paris)"},
        ],
        "people": [{"id": f"s{n}", "name": name} for n, name in enumerate(ORGANISERS)],
        "values": {**values, **other.pop("values", {})},
        "errors": {},
        **other,
    }


def form_pages() -> Iterator[Page]:
    yield Page("dossier-new", "staff/dossier_new.html", new_dossier())
    typed = {**LONG, "email": "marie@", "city": "Lévis", "postal_code": "G6V 4Z2", "country": ""}
    errors = {"email": "Cette adresse n’est pas complète.", "country": "Choisissez le pays."}
    yield Page("dossier-new-errors", "staff/dossier_new.html", new_dossier(values=typed, errors=errors))
    match = {**ELOISE, "city": "Laval", "postal_code": "H7S 1M8"}
    taken = {"sentence": "Un dossier a déjà ce nom et ce code postal.", "rule": "DOS-4", "next": []}
    yield Page("dossier-new-match", "staff/dossier_new.html", new_dossier(match=match, refusal=taken))
    yield Page("edit", "staff/registration_edit.html", edit("scheduled"))
    yield Page("edit-to-schedule", "staff/registration_edit.html", edit("to_schedule", workshops=[]))
    refused = {"refusal": FULL, "opened": "cancel", "values": {"workshop": "w3", "note": "Deuil."}}
    errors = {"note": "La note est trop longue.", "workshop": "Choisissez une date."}
    yield Page("edit-refused", "staff/registration_edit.html", edit("scheduled", **refused, errors=errors))
    yield Page("workshop-new", "staff/workshop_new.html", plan())
    days = [
        {"day": "2027-02-06", "start": "09:00", "end": "17:00"},
        {"day": "2027-02-07", "start": "09:00", "end": "08:00"},
    ]
    errors = {
        "sessions": "Chaque jour finit après son début : corrigez le jour 2.",
        "venue": "Ce lieu n’existe plus.",
        "retake_limit": "Pas plus que les 60 places.",
    }
    planned: Context = {"activity": "a2", "venue": "v2", "sessions": days, "trainers": ["s1"]}
    planned["retake_limit"] = "80"
    yield Page("workshop-new-errors", "staff/workshop_new.html", plan(values=planned, errors=errors))


def other_pages() -> Iterator[Page]:
    subjects = [
        "Votre inscription à « Écoute de soi »",
        "Une inscription de plus : « Autonomie affective », Lyon",
    ]
    mails = [
        {
            "id": f"m{n}",
            "at": instant(-n, 14),
            "to": "eloise.darcy-levesque-de-beaumont@example.com",
            "subject": subjects[n % 2],
        }
        for n in range(9)
    ]
    text = "Chère Éloïse,\n\nVotre place est réservée.\n\n  Écoute de soi\n  dim. 6 déc. 2026\n"
    opened: Context = {
        **mails[1],
        "sender": "Portail <portail@example.com>",
        "reply_to": "monique@example.com",
        "text": text + "https://portail.example/" + "a" * 120,
        "attachments": ["atelier.ics"],
    }
    listed: Context = {"path": "/courriels", "mails": mails, "mail": opened, "total": 9, "next_href": None}
    yield Page("mails", "staff/mails.html", listed)
    yield Page(
        "mails-closed", "staff/mails.html", {**listed, "mail": None, "next_href": "/courriels?cursor=x"}
    )
    yield Page("mails-none", "staff/mails.html", {**listed, "mails": [], "mail": None, "total": 0})
    problem = {
        "status": 404,
        "title": "Introuvable",
        "sentence": "Cette page n’existe pas, ou n’est pas la vôtre.",
        "rule": None,
    }
    back = {"href": "/", "label": "Aller à l’accueil"}
    yield Page("error", "public/error.html", {"problem": problem, "back": back})
    busy = {
        "status": 503,
        "title": "Un instant",
        "sentence": "Le portail est très occupé. Rien n’a été fait : recommencez dans une minute.",
        "rule": "ATE-2",
    }
    yield Page("error-anonymous", "public/error.html", {"problem": busy, "back": back, "me": None})


def pages() -> list[Page]:
    """Every page in every state."""
    return [
        *login_pages(),
        *workshop_pages(),
        *roster_pages(),
        *dossier_pages(),
        *found_pages(),
        *form_pages(),
        *other_pages(),
    ]
