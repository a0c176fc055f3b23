"""What auditors and operations see: histories, the access trail, how the portal fares."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_parts import COMMON, EVERYTHING, LONG, ORGANISERS, Context, Page, instant

_ME = {
    **COMMON["me"],
    "roles": ["vérification"],
    "may": [*EVERYTHING, "read-access-trail", "read-operations"],
}
_STAFF = [{"id": f"s{n}", "name": name} for n, name in enumerate(ORGANISERS)]


def audit_pages() -> Iterator[Page]:
    yield from _histories()
    yield from _trail()
    yield from _operations()


def _histories() -> Iterator[Page]:
    base: Context = {
        "me": _ME,
        "path": "/dossiers/c1/historique",
        "name": f"{LONG['first_name']} {LONG['last_name']}",
        "back": "/dossiers/c1",
        "kind": "clients",
        "subject": "c1",
        "staff": _STAFF,
        "filters": {"du": "", "au": "2026-11-24", "qui": "s1"},
        "next_href": "/x",
    }
    moved = {"label": "date", "before": "sam. 6 déc. 2026", "after": "sam. 13 déc. 2026"}
    told: Context = {
        "at": instant(-1),
        "by": ORGANISERS[1],
        "role": "organisation",
        "behalf": None,
        "sentence": "Date choisie : Écoute de soi, 13 décembre 2026, Laval",
        "changes": [moved, {"label": "téléphone", "before": "[effacé]", "after": "450 555-0199"}],
    }
    acted = {**told, "behalf": "Éloïse D’Arcy-Lévesque", "changes": []}
    yield Page("history", "staff/history.html", {**base, "entries": [told, acted]})
    yield Page("history-none", "staff/history.html", {**base, "entries": [], "next_href": None})


def _trail() -> Iterator[Page]:
    base: Context = {
        "me": _ME,
        "path": "/registre-des-acces",
        "staff": _STAFF,
        "filters": {"du": "", "au": "", "qui": "", "quoi": "log_in_failed", "sur": "c1"},
        "kinds": [
            {"id": "dossier", "name": "Dossier ouvert"},
            {"id": "log_in_failed", "name": "Connexion refusée"},
        ],
        "next_href": None,
    }
    read: Context = {
        "at": instant(0),
        "by": ORGANISERS[1],
        "behalf": None,
        "label": "dossier",
        "subject": "c1",
        "subject_name": f"{LONG['first_name']} {LONG['last_name']}",
        "persons": 1,
        "details": [],
    }
    listed = {
        **read,
        "subject": None,
        "persons": 212,
        "details": ["du 2026-01-01"],
        "behalf": "c2",
    }
    failed = {
        **read,
        "by": "personne de reconnu",
        "label": "connexion refusée",
        "persons": 0,
        "details": ["facteur : mot de passe", "réseau : 3f9a0c12be77"],
    }
    yield Page("access-trail", "staff/access_trail.html", {**base, "rows": [read, listed, failed]})
    yield Page("access-trail-none", "staff/access_trail.html", {**base, "rows": []})


def _operations() -> Iterator[Page]:
    def model(name: str, behind: int, error: str | None = None) -> Context:
        return {
            "name": name,
            "version": 3,
            "position": "31457280",
            "behind": behind,
            "behind_seconds": behind / 10,
            "parked_position": error and "31457281",
            "parked_error": error,
            "parked_since": error and instant(-1),
        }

    base: Context = {"me": _ME, "path": "/exploitation", "now": instant(0), "processors": []}
    well = {
        "models": [model("dossier", 0), model("roster", 0)],
        "reader": {"alive": True, "beat_at": instant(0), "held_by": None},
        "failed": [],
        "erasures": [],
    }
    failed = {"at": instant(-2), "what": "offer-seats", "state": "refused", "error": "workshop_full"}
    receipt = {"store": "outbox", "forgotten": 3, "at": instant(-3)}
    erasure = {"person": "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d", "at": instant(-3), "receipts": [receipt]}
    ill = {
        "models": [
            model("dossier", 12),
            model("roster", 10_000, "ValueError"),
            {**model("money", 3), "behind_seconds": None},  # the reader never came up to the log yet
        ],
        "reader": {"alive": True, "beat_at": instant(0), "held_by": "une transaction ouverte depuis 40 s"},
        "failed": [failed],
        "erasures": [{**erasure, "done_at": instant(-3)}, {**erasure, "done_at": None}],
    }
    yield Page("operations", "staff/operations.html", {**base, **well})
    yield Page("operations-ill", "staff/operations.html", {**base, **ill})
