"""Search, wordings, settings, what was, and differences with the payment provider, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import Currency
from portal.staff.settings import compared, grid, values_of
from portal.staff.settings_fields import Part
from portal.staff.settings_parts import holders, parts
from tests.portal.sample_parts import (
    COMMON,
    ELOISE,
    EVERYTHING,
    FIRST_NAMES,
    FULL,
    LAST_NAMES,
    LONG,
    ORGANISERS,
    Context,
    Page,
    instant,
    money,
    workshop,
)

_MAY = [
    *EVERYTHING,
    "read-templates",
    "preview-templates",
    "change-template",
    "restore-template",
    "read-settings",
    "change-settings",
    "read-statement",
    "settle-difference",
]
_ME: Context = {**COMMON["me"], "roles": ["administration du portail"], "may": _MAY}
_READER: Context = {
    **_ME,
    "may": ["list-workshops", "read-templates", "read-settings", "read-statement", "read-ledger"],
}


def office_pages() -> Iterator[Page]:
    yield from _search_pages()
    yield from _template_pages()
    yield from _settings_pages()
    yield from _difference_pages()
    yield Page("as-of-none", "staff/as_of_none.html", {"path": "/dossiers/c1/au", "then": then()})


def then(**changes: Any) -> Context:
    """What the banner of a past page says."""
    moments = [instant(n * 9 - 400) for n in range(40)]
    found: Context = {
        "at": instant(-30),
        "local": "2026-10-25T10:00:00",
        "live": "/dossiers/c1",
        "action": "/dossiers/c1/au",
        "kept": {"onglet": "inscriptions"},
        "moments": moments,
        "place": 37,
        "before": f"/dossiers/c1/au?le={moments[36]}",
        "after": f"/dossiers/c1/au?le={moments[38]}",
    }
    return found | changes


def _search_pages() -> Iterator[Page]:
    people = [
        {
            "id": f"c{n}",
            "state": "deactivated" if n == 3 else "active",
            "first_name": FIRST_NAMES[n],
            "last_name": LAST_NAMES[n % 8],
            "email": None if n == 2 else f"personne.au-nom.plutot.long{n}@exemple-de-domaine.example.com",
            "city": "Saint-Jean-sur-Richelieu",
        }
        for n in range(8)
    ]
    articles = [
        {"key": "fermer", "title": "Comment fermer un atelier ?", "area": "Ateliers", "href": "/ateliers"},
        {"key": "retrait", "title": "Comment retirer un dossier ?", "area": "Dossiers", "href": None},
    ]
    full: Context = {
        "path": "/recherche",
        "query": "lévesque",
        "people": [*people, {**people[0], **LONG}],
        "nearly": False,
        "total": 1_001,
        "counted": 1_000,
        "sees_people": True,
        "workshops": [workshop(n) for n in range(4)],
        "invoices": [
            {"id": "i1", "number": "CA-2026-0412", "client": ELOISE, "balance": money(33_500)},
            {"id": "i2", "number": "EU-2026-0412", "client": ELOISE, "balance": money(0, "EUR")},
        ],
        "articles": articles,
        "now": instant(0),
    }
    yield Page("search", "staff/search.html", full)
    nothing: Context = {"people": [], "workshops": [], "invoices": [], "articles": [], "total": 0}
    yield Page("search-none", "staff/search.html", full | nothing)
    yield Page("search-start", "staff/search.html", full | nothing | {"query": ""})
    near: Context = {"people": people[:1], "nearly": True, "total": 1}
    yield Page("search-nearly", "staff/search.html", full | nothing | near)
    trainer: Context = {**nothing, "sees_people": False, "me": {**_ME, "may": ["list-workshops"]}}
    yield Page("search-trainer", "staff/search.html", full | trainer)


_BODY = """{cher} {prenom_client},

Votre atelier approche : {activite}, {dates}, {lieu}.

{note_lieu}

Il reste {solde} à payer : {lien_paiement}

{nom_ecole}"""


def _template_pages() -> Iterator[Page]:
    changed = {"changed_at": instant(-40), "changed_by": ORGANISERS[1]}
    letters = [
        {
            "key": "reminder",
            "name": "rappel une semaine avant",
            "subject": "Rappel : {activite}",
            "own": {"fr": changed, "en": None},
        },
        {
            "key": "workshop_restored_full",
            "name": "atelier restauré, sans place",
            "subject": "L’atelier « {activite} » a lieu, mais sans votre place : choisissez une autre date",
            "own": {"fr": None, "en": None},
        },
    ]
    groups = [{"name": "L’inscription et sa date", "letters": letters * 3}]
    yield Page("templates", "staff/templates.html", {"me": _ME, "path": "/modeles", "groups": groups})
    values = {"subject": "Rappel : {activite}", "body": _BODY}
    one: Context = {
        "me": _ME,
        "path": "/modeles/reminder",
        "template": {
            "key": "reminder",
            "name": "rappel une semaine avant",
            "language": "fr",
            "own": True,
            "version": 3,
            **changed,
        },
        "default": {"subject": "Bientôt : {activite}", "body": _BODY},
        "placeholders": [
            {"name": "prenom_client", "value": "Éloïse"},
            {"name": "lien_paiement", "value": "https://portail.example/payer/" + "a" * 60},
            {"name": "note_lieu", "value": ""},
            {"name": "lien_date_ulterieure", "value": None},
        ],
        "readers": [
            {"id": "c1", "name": "D'Arcy-Lévesque, Éloïse"},
            {"id": "c2", "name": f"{LONG['last_name']}, {LONG['first_name']}"},
        ],
        "reader": "c1",
        "asked": "Éloïse",
        "preview": {"name": "D'Arcy-Lévesque, Éloïse", "subject": "Rappel : Écoute de soi", "text": _BODY},
        "theirs": None,
        "values": values,
        "errors": {},
    }
    yield Page("template", "staff/template.html", one)
    other: Context = {"theirs": {"subject": "Dans une semaine", "body": _BODY + "\n\nÀ bientôt !"}}
    stale = {"sentence": "Changé entre-temps.", "rule": "AUD-1", "next": []}
    yield Page("template-stale", "staff/template.html", one | other | {"refusal": stale})
    wrong = {"subject": "Ne laissez pas ce champ vide.", "body": "C’est trop long.", "reader": "Choisissez."}
    nobody: Context = {"readers": [], "reader": None, "preview": None, "errors": wrong}
    yield Page("template-errors", "staff/template.html", one | nobody)
    default: Context = {"template": {**one["template"], "own": False, "language": "en", "changed_at": None}}
    yield Page("template-default", "staff/template.html", one | default)
    yield Page("template-reader", "staff/template.html", one | nobody | {"me": _READER, "errors": {}})


def _settings_pages() -> Iterator[Page]:
    people = holders([{"id": f"s{n}", "name": name} for n, name in enumerate(ORGANISERS)])
    settings = SchoolSettings(
        telephones={"Québec": "514 555-0199", "Europe": "+33 1 76 66 07 55"},
        refund_limit={Currency.CAD: 50_000, Currency.EUR: 40_000},
    )
    all_parts = parts(people, settings.zone)
    changes = [
        {
            "at": instant(-n),
            "by": ORGANISERS[n % 2] if n else "",
            "rows": [
                {"label": "Acompte (régulier, CAD)", "before": "40,00", "after": "50,00"},
                {"label": "Téléphones par région", "before": "rien", "after": "Québec : 514 555-0199"},
            ],
        }
        for n in range(3)
    ]
    payment = all_parts["paiement"]
    shown: Context = {
        "me": _ME,
        "path": "/reglages",
        "parts": [
            {
                "key": part.key,
                "title": part.title,
                "about": part.about,
                "settings": [
                    {"label": s.label, "under": s.under, "value": s.shown(s.read(settings))}
                    for s in part.settings
                ],
            }
            for part in all_parts.values()
            if part is not payment
        ],
        "terms": grid(payment, values_of(payment, settings)),
        "changes": changes,
    }
    yield Page("settings", "staff/settings.html", shown)
    yield Page("settings-reader", "staff/settings.html", shown | {"me": _READER, "changes": []})
    for part in all_parts.values():
        yield from _part_pages(part, settings)
    one = _part(all_parts["responsabilites"], settings)
    yield Page("settings-nothing", "staff/settings_edit.html", one | {"nothing": True})
    stale: Context = {"theirs": changes[0], "errors": {"form": "Ces valeurs ne vont pas ensemble."}}
    yield Page("settings-stale-refused", "staff/settings_edit.html", one | stale | {"refusal": FULL})


def _part(part: Part, settings: SchoolSettings) -> Context:
    """The form of one part as it opens."""
    values = values_of(part, settings)
    fields = [
        {
            "name": s.name,
            "label": s.label,
            "kind": s.kind,
            "help": s.help,
            "required": s.required,
            "under": s.under,
            "choices": [{"id": i, "name": n} for i, n in (s.choices or {}).items()],
        }
        for s in part.settings
    ]
    return {
        "me": _ME,
        "path": f"/reglages/{part.key}",
        "part": {"key": part.key, "title": part.title, "about": part.about},
        "fields": fields,
        "grid": grid(part, values) if part.key == "paiement" else None,
        "version": 3,
        "review": [],
        "reviewed": "",
        "nothing": False,
        "theirs": None,
        "values": values,
        "errors": {},
    }


def _part_pages(part: Part, settings: SchoolSettings) -> Iterator[Page]:
    base = _part(part, settings)
    yield Page(f"settings-{part.key}", "staff/settings_edit.html", base)
    if part.key not in ("ecole", "paiement"):
        return
    first = part.settings[0]
    typed = base["values"] | {first.name: "60,00" if part.key == "paiement" else "École des Érables"}
    review = compared(part, base["values"], typed)
    reviewed: Context = {"review": review, "reviewed": "9f86", "values": typed}
    yield Page(f"settings-{part.key}-review", "staff/settings_edit.html", base | reviewed)
    wrong = {first.name: "Ne laissez pas ce champ vide.", part.settings[2].name: "Un nombre de 0 à 9."}
    yield Page(f"settings-{part.key}-errors", "staff/settings_edit.html", base | {"errors": wrong})


def _difference_pages() -> Iterator[Page]:
    kinds = [
        "encaissé par le prestataire, absent des comptes",
        "demandé au prestataire, qui ne dit pas ce qu’il en est",
    ]
    rows = [
        {
            "id": f"d{n}",
            "at": instant(-n - 1),
            "kind": kinds[n % 2],
            "reference": f"8XJ{n}4472SM0917631L",
            "provider": money(4_000) if n % 2 == 0 else None,
            "booked": money(4_000) if n % 2 else None,
            "invoice": {"id": "i1", "number": "CA-2026-0412"} if n else None,
            "settled": None,
        }
        for n in range(3)
    ]
    done = {"at": instant(0), "by": ORGANISERS[1], "outcome": "remboursé autrement"}
    outcomes = [{"id": "booked", "name": "passé dans les comptes"}]
    base: Context = {
        "me": _ME,
        "path": "/comptabilite/ecarts",
        "open": rows,
        "settled": [{**row, "settled": done} for row in rows],
        "outcomes": outcomes,
        "now": instant(0),
        "errors": {},
    }
    yield Page("differences", "staff/differences.html", base)
    wrong = {"errors": {"d1": "Dites ce qui a été fait."}}
    yield Page("differences-error", "staff/differences.html", base | wrong)
    yield Page("differences-none", "staff/differences.html", base | {"open": [], "settled": []})
    yield Page("differences-reader", "staff/differences.html", base | {"me": _READER, "settled": []})
