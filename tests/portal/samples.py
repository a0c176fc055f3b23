"""A context for every page in every state worth seeing, shaped like what the routes pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.portal.sample_accounting import accounting_pages, groups
from tests.portal.sample_audience import audience_pages
from tests.portal.sample_audit import audit_pages
from tests.portal.sample_catalogue import catalogue_pages
from tests.portal.sample_client import client_pages
from tests.portal.sample_closing import closing_pages
from tests.portal.sample_compose import compose_pages
from tests.portal.sample_dossier import dossier_pages, edit_pages, registration
from tests.portal.sample_help import api_pages, help_pages
from tests.portal.sample_leaving import leaving_pages
from tests.portal.sample_mailing import mailing_pages
from tests.portal.sample_merging import merge_pages
from tests.portal.sample_office import office_pages, then
from tests.portal.sample_own_file import own_file_pages
from tests.portal.sample_parts import (
    ACTIVITIES,
    COMMON,
    DATES,
    ELOISE,
    FIRST_NAMES,
    FULL,
    HELPING,
    LAST_NAMES,
    LONG,
    ORGANISERS,
    Context,
    Page,
    instant,
    money,
    workshop,
)
from tests.portal.sample_paying import paying_pages
from tests.portal.sample_registering import (
    call_sheets,
    correcting_pages,
    other_price_pages,
    phase_register_pages,
    to_phase_pages,
)
from tests.portal.sample_workshops import calendar_pages, call_pages, note_pages

__all__ = ["COMMON", "Page", "pages"]


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
        "via_relative": n % 17 == 9,
        "red_flag": n == 3,
        "finishes_phase": 1 if n in (1, 7) else None,
        "trainer_note": said(n) if n in (2, 7) else None,
        "proof": proof(n) if n in (7, 8, 12, 13) else None,
        **money_of(n, retake=retake, currency=currency),
    }


def proof(n: int) -> Context:
    state = ["asked", "received", "accepted", "missing"][n % 4]
    return {"state": state, "lacking": money(3750) if state == "missing" else None}


def said(n: int) -> Context:
    """A trainer note."""
    text = "Porte un appareil auditif : une place devant, près de l’animation."
    return {"text": text, "at": instant(-n), "by": ORGANISERS[1]}


def money_of(n: int, *, retake: bool, currency: str) -> Context:
    """Price, payments and what was written about them."""
    settled = retake or n % 4 == 0
    price = 0 if retake else 37500 if n != 7 else 33750
    paid = price if settled else 4000
    method = ["cheque", "cash", "card"][n % 3]
    by_method = {name: money(0, currency) for name in ("card", "cheque", "cash", "transfer", "credit")}
    cheque = {"method": "cheque", "number": "0412", "drawer": "Zoé D’Arcy-Lévesque de Beaumont"}
    return {
        "price": money(price, currency),
        "invoice": f"i{n}",
        "regular": money(37500, currency) if n == 7 else None,
        "balance": money(-4000 if n == 9 else price - paid, currency),
        "payments": {
            "paid": money(paid, currency),
            "noted": money(paid if method == "cheque" else 0, currency),
            "by_method": by_method | {method: money(paid, currency)},
        },
        "comments": [{**cheque, "comment": "à déposer en janvier"}] if n in (3, 9) else [],
    }


def total(currency: str, **amounts: int) -> Context:
    """The sums of one currency."""
    nothing = dict.fromkeys(("cheque", "cash", "card", "transfer", "credit"), 0)
    return {name: money(minor, currency) for name, minor in {**nothing, **amounts}.items()}


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
            total("CAD", price=2_062_500, paid=521_500, balance=1_541_000, cheque=200_000, card=321_500),
            total("EUR", price=187_500, paid=187_500, balance=0, cash=187_500),
        ]
        if count
        else [],
        "methods": ["cheque", "cash", "card"],
        "proofs": [],
        "to_check": [],
        "see_money": True,
        "assistants": HELPING if count else [],
        "may_note": True,
        "capped": False,
        "attendance": {"open": False, "why": "La présence se coche à partir du dim. 6 déc. 2026."},
        "closed": False,
        "checked": None,
        "entry": None,
        "errors": {},
        **{k: v for k, v in other.items() if k != "followed"},
    }


def register(**other: Any) -> Context:
    return {
        "path": "/dossiers/c1/inscrire",
        "client": ELOISE,
        "activities": ACTIVITIES,
        "countries": ["CA", "FR"],
        "discounts": [{"id": "d1", "name": "Étudiant à temps plein"}],
        "filters": {"activite": "a1", "lieu": "CA", "rabais": "d1", "stagiaire": False},
        "red_flag": False,
        "outside_phase": False,
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
        "methods": [{"id": "cheque", "name": "chèque"}, {"id": "card", "name": "carte, payée par le client"}],
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


def door_pages() -> Iterator[Page]:
    """Who is not logged in yet, or has just been."""
    out: Context = {"me": None, "values": {}, "errors": {}}
    empty = dict.fromkeys(
        ("first_name", "last_name", "form_of_address", "email", "telephone", "street", "city"), ""
    )
    form = {**empty, "postal_code": "", "country": "CA", "language": "fr"}
    asked = {
        "countries": ["CA", "FR"],
        "policy": "https://example.com/p",
        "school": "École Horizon intérieur",
    }
    yield Page("sign-up", "public/sign_up.html", {**out, **asked, "values": form})
    wrong: Context = {"email": "Adresse de courriel incomplète.", "password": "Au moins 10 caractères."}
    filled = {**form, **LONG, "email": "eloise@", "by_email": "yes"}
    yield Page("sign-up-errors", "public/sign_up.html", {**out, **asked, "values": filled, "errors": wrong})
    told = {
        "email": "eloise.darcy-levesque@exemple-de-domaine.example.com",
        "school_email": "info@example.com",
        "telephones": [{"where": "Canada", "number": "+1 514 555 0100"}],
    }
    for known in (True, False):
        yield Page(f"signed-up-{known}", "public/signed_up.html", {"me": None, **told, "known": known})
    for done in (True, False):
        values = {"email": "eloise@example.com"}
        context: Context = {**out, "values": values, "done": done}
        yield Page(f"password-forgotten-{done}", "public/password_forgotten.html", context)
    for purpose, works, sent in (
        ("activation", True, False),
        ("password", True, False),
        ("validation", True, False),
        ("email_change", True, False),
        ("invitation", False, False),
        ("invitation", False, True),
    ):
        context = {**out, "purpose": purpose, "works": works, "sent": sent}
        yield Page(f"link-{purpose}-{works}-{sent}", "public/access_link.html", context)
    yield from _preferences(out)
    shown: Context = {"secret": "PORT AILD EMOP ORTA", "uri": "otpauth://totp/x", "qr": "", "error": None}
    yield Page("second-factor", "public/second_factor.html", {**out, **shown})


def _preferences(out: Context) -> Iterator[Page]:
    question: Context = {"policy": "", "school": "École Horizon intérieur", "error": None, "next": "/"}
    question |= {"done": False, "seen_version": 3}
    yield Page("preferences", "public/preferences.html", {**out, **question})
    late: Context = {"error": "Répondez oui ou non pour chacun.", "values": {"post": "no"}}
    sentence = (
        "Quelqu’un d’autre a modifié la même chose entre-temps : courriel (« non », et non « oui »). Rien n’a"
        " été enregistré. Comparez les deux versions, puis recommencez."
    )
    clash: Context = {
        "refusal": {"sentence": sentence, "rule": "AUD-1", "next": []},
        "values": dict.fromkeys(("telephone", "post", "email"), "yes"),
    }
    yield Page("preferences-clash", "public/preferences.html", {**out, **question, **clash})
    yield Page("preferences-error", "public/preferences.html", {**out, **question, **late})
    policy = "https://example.com/x"
    linked: Context = {**out, **question, "policy": policy, "next": None, "seen_version": None}
    own = "public/preferences.html"
    yield Page("own-preferences", own, {**linked, "error": None, "done": False})
    chosen = {"telephone": "no", "post": "no", "email": "yes"}
    yield Page("own-preferences-done", own, {**linked, "error": None, "done": True, "values": chosen})
    yield Page("own-preferences-error", own, {**linked, **late, "done": False})


def own_pages() -> Iterator[Page]:
    """The own account, and the team's."""
    sessions = [
        {"id": "s1", "at": instant(0), "browser": "Firefox, Windows", "current": True},
        {"id": "s2", "at": instant(-3), "browser": None, "current": False},
    ]
    for is_client in (True, False):
        context: Context = {"values": {}, "errors": {}, "is_client": is_client, "sessions": sessions}
        yield Page(f"account-{is_client}", "public/account.html", {**context, "second_factor": False})
    staff = [
        {
            "id": f"u{n}",
            "name": name,
            "email": f"personne.au-nom.long{n}@exemple-de-domaine.example.com",
            "roles": ["organiser", "office"],
            "role_names": ["organisation", "siège"],
            "regions": ["europe"] if n == 1 else [],
            "region_names": ["Europe"] if n == 1 else [],
            "invited": n == 1,
            "version": 3,
            "own": n == 0,
        }
        for n, name in enumerate(ORGANISERS)
    ]
    tokens = [{"id": "t1", "label": "Comptabilité", "roles": ["comptabilité"], "expires_at": instant(30)}]
    roles = [{"id": "organiser", "name": "organisation"}, {"id": "office", "name": "siège"}]
    regions = [{"id": "canada", "name": "Canada"}, {"id": "europe", "name": "Europe"}]
    values = {"name": "", "email": "", "roles": (), "regions": ()}
    team = {"staff": staff, "roles": roles, "regions": regions, "values": values, "errors": {}}
    team |= {"opened": "u1"}
    yield Page("team", "staff/team.html", {**team, "tokens": tokens, "token": "portail_abc"})
    yield Page("team-first", "staff/team.html", {**team, "staff": staff[:1], "tokens": [], "token": None})


def workshop_pages() -> Iterator[Page]:
    filters = {"lieu": "CA", "activite": "", "periode": "a_venir", "supprimes": True}
    listed = {
        "path": "/ateliers",
        "filters": filters,
        "countries": ["CA", "FR", "CH"],
        "activities": ACTIVITIES,
        "workshops": [workshop(n, cancelled=n == 3) for n in range(18)],
        "total": 41,
        "next_href": "/ateliers?lieu=CA&cursor=abc",
    }
    yield Page("workshops", "staff/workshops.html", listed)
    none = {"workshops": [], "total": 0, "next_href": None}
    yield Page("workshops-none", "staff/workshops.html", {**listed, **none})
    yield from calendar_pages()
    yield from call_pages()
    yield from note_pages()


def roster_pages() -> Iterator[Page]:
    yield Page("roster", "staff/roster.html", roster(42))
    notice = {"text": "30 présences cochées.", "next": [{"label": "Voir les ateliers", "href": "/ateliers"}]}
    who = {"client": "c1", "registration": "r1", "regular": money(37500)}
    proofs = [{**LONG, **who}, {**ELOISE, **who, "registration": "r2"}]
    today = {
        "attendance": {"open": True, "why": None},
        "followed": True,
        "notice": notice,
        "proofs": proofs,
        "to_check": [{"client": "c1", "first_name": "Léa", "last_name": "Roy"}],
        "methods": ["cheque", "cash", "card", "transfer", "credit"],
    }
    yield Page("roster-full", "staff/roster.html", roster(60, **today))
    typed = {"cheque-r2": "quarante", "cash-r3": "20,00", "comment-r2": "à déposer en janvier"}
    failed = {
        "capped": True,
        "entry": typed,
        "errors": {"cheque-r2": "Écrivez un montant, par exemple 40,00."},
    }
    yield Page("roster-payments", "staff/roster.html", roster(12, **today, **failed))
    off = {**workshop(0), "cancelled": True, "trainers": [], "place_note": None, "practical_note": None}
    yield Page("roster-cancelled", "staff/roster.html", roster(5, workshop=off))
    yield Page("roster-closed", "staff/roster.html", roster(3, closed=True))
    yield Page("roster-empty", "staff/roster.html", roster(0))
    trainer = {**COMMON["me"], "roles": ["animateur"], "may": ["tick-attendance"]}
    hidden = {"price", "regular", "balance", "payments", "invoice"}
    rows = [{k: v for k, v in participant(n).items() if k not in hidden} for n in range(5)]
    for row in rows:
        row |= {"comments": [], "red_flag": False}
    seen = {"me": trainer, "see_money": False, "rows": rows, "totals": [], "methods": [], "checked": ["r1"]}
    yield Page("roster-trainer", "staff/roster.html", roster(5, **seen))
    reader = {**COMMON["me"], "roles": ["vérificatrice"], "may": ["list-dossiers"]}
    yield Page("roster-reader", "staff/roster.html", roster(3, me=reader))
    yield Page("roster-past", "staff/roster.html", roster(5, me=reader, then=then(kept={})))


def register_pages() -> Iterator[Page]:
    yield Page("register", "staff/register.html", register())
    yield Page(
        "register-start",
        "staff/register.html",
        register(chosen=None, filters={"activite": "", "lieu": "", "rabais": "", "stagiaire": True}),
    )
    errors = {"workshop": "Choisissez une date, ou À PLANIFIER."}
    yield Page("register-error", "staff/register.html", register(errors=errors, workshops=[]))
    yield Page("register-flag", "staff/register.html", register(red_flag=True, outside_phase=True))
    yield from phase_register_pages()
    yield from to_phase_pages()
    yield from other_price_pages()
    yield from call_sheets()
    yield from correcting_pages()
    yield Page("register-refused", "staff/register.html", register(refusal=FULL, values={"workshop": "w3"}))
    yield Page("register-refused-discount", "staff/register.html", register(chosen=None, refusal=FULL))


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
    weeks = [{"week": f"2026-{9 + n // 4:02}-{7 * (n % 4) + 1:02}", "count": n * n % 23} for n in range(12)]
    home = {
        "charts": {"workshops": [workshop(n) for n in range(8)], "weeks": weeks},
        "workshops": [workshop(n) for n in range(5)],
        "to_schedule": 37,
        "to_dos": groups(),
        "now": instant(0),
    }
    yield Page("home", "staff/home.html", home)
    yield Page(
        "home-empty",
        "staff/home.html",
        {**home, "workshops": [], "to_schedule": None, "to_dos": [], "charts": None},
    )


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


def change(**changes: Any) -> Context:
    """The page that changes a workshop."""
    shown = {"workshop": workshop(1), "cancelled": False, "begun": False, "seats": 42, "seen_version": 7}
    made = plan(values={**plan()["values"], "reason": "", "assistant": ""})
    return {**made, **shown, "assistants": [], "found": [], "closed": False, "opened": "", **changes}


def plan(**other: Any) -> Context:
    fields = ("activity", "venue", "organiser", "retake_limit", "place_note", "practical_note")
    blank = dict.fromkeys(fields, "")
    values: Context = {**blank, "zone": "America/Toronto", "trainers": [], "capacity": "60"}
    values |= {"sessions": [], "independent": False}
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
    planned |= {"retake_limit": "80", "independent": True}
    yield Page("workshop-edit", "staff/workshop_edit.html", change())
    found = change(opened="name", assistants=HELPING, found=[{**ELOISE, "email": None, "city": "Lévis"}])
    yield Page("workshop-edit-assistants", "staff/workshop_edit.html", found)
    yield Page("workshop-edit-cancel", "staff/workshop_edit.html", change(opened="cancel", refusal=FULL))
    yield Page("workshop-edit-cancelled", "staff/workshop_edit.html", change(cancelled=True))
    yield Page("workshop-edit-over", "staff/workshop_edit.html", change(cancelled=True, begun=True, seats=0))
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
        *door_pages(),
        *own_pages(),
        *workshop_pages(),
        *roster_pages(),
        *dossier_pages(),
        *register_pages(),
        *found_pages(),
        *form_pages(),
        *other_pages(),
        *api_pages(),
        *paying_pages(),
        *accounting_pages(),
        *audit_pages(),
        *edit_pages(),
        *catalogue_pages(),
        *closing_pages(),
        *help_pages(),
        *leaving_pages(),
        *merge_pages(),
        *mailing_pages(),
        *own_file_pages(),
        *audience_pages(),
        *compose_pages(),
        *client_pages(),
        *office_pages(),
    ]
