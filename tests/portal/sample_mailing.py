"""The pages of e-mails to many, and those that e-mails lead to, in every state."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from schema.labels import tables
from tests.portal.sample_parts import ACTIVITIES, LONG, Page, instant, money

_LONG_SUBJECT = "Écoute de soi et du groupe : nouvelles dates à Saint-Jean-sur-Richelieu et en ligne"


def mailing_pages() -> Iterator[Page]:
    nobody = {"me": None, "path": ""}
    yield Page("unsubscribe", "public/unsubscribe.html", {**nobody, "done": False})
    proof = {
        "discount": "Rabais pour les personnes au chômage, tarif d’automne",
        "activity": ACTIVITIES[0]["name"],
        "price": money(37_500),
    }
    for state, errors in (
        ("asked", {}),
        ("received", {"file": "Choisissez d’abord un fichier."}),
        ("sent", {}),
    ):
        asked = {"proof": proof | {"state": state}, "errors": errors, "values": {}}
        yield Page(f"proof-{state}", "public/proof.html", {**nobody, **asked})
    yield Page("unsubscribe-done", "public/unsubscribe.html", {**nobody, "done": True})
    over = {**nobody, "title": "Ce lien n’est plus valable"}
    yield Page("link-over", "public/link_over.html", over)
    yield from _lists()
    yield from _ones()


def _mailing(state: str, **changes: Any) -> dict[str, Any]:
    return {
        "id": "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d",
        "state": state,
        "state_label": tables("fr")["mailing_state"][state],
        "author": "Monique Tremblay",
        "composed_at": instant(0, 15),
        "leaves_at": None,
        "workshop": None,
        "subject": "Nouvelles dates à Lyon",
        "reason": None,
        "pressure_reason": None,
        "found": 42,
        "recipients": 38,
        "joint": False,
        "sent": None,
        "skipped": None,
    } | changes


def _lists() -> Iterator[Page]:
    states = [{"id": name, "name": words} for name, words in tables("fr")["mailing_state"].items()]
    listed = {"path": "/envois", "state": "", "states": states, "next_href": None}
    long = {
        "subject": _LONG_SUBJECT,
        "workshop": "own",
        "author": "Marie-Françoise de La Rochefoucauld-Beaumont-Desrosiers",
    }
    every = [
        _mailing("awaiting_approval", **long),
        _mailing("queued", leaves_at=instant(3, 9)),
        _mailing("sending"),
        _mailing("ended", sent=37, skipped=1),
        _mailing("cancelled", joint=True),
    ]
    yield Page("mailings", "staff/mailings.html", {**listed, "mailings": every})
    yield Page("mailings-none", "staff/mailings.html", {**listed, "state": "paused", "mailings": []})


def _ones() -> Iterator[Page]:
    def person(**changes: Any) -> dict[str, Any]:
        names = {"id": "4f0c", "last_name": "D'Arcy-Lévesque", "first_name": "Éloïse"}
        nothing = dict.fromkeys(("excluded_label", "state", "state_label", "why", "sent_at", "tried"))
        return names | nothing | changes

    persons = [
        person(state="sent", state_label="envoyé", sent_at=instant(0, 15)),
        person(**LONG, state="held", state_label="à décider : réponse du serveur perdue", tried=1),
        person(excluded_label="courriel non permis"),
        person(state="dropped", state_label="sans objet", why="courriel non permis"),
    ]
    text = "{cher} {prenom_client},\n\nVoici nos dates."
    one = {"path": "/envois/4f0c", "text": text, "persons": persons, "errors": {}, "values": {}}
    yield Page("mailing", "staff/mailing.html", {**one, "mailing": _mailing("sending")})
    why = {"reason": "La salle change.", "workshop": "own", "subject": _LONG_SUBJECT}
    yield Page(
        "mailing-waits", "staff/mailing.html", {**one, "mailing": _mailing("awaiting_approval", **why)}
    )
    ended = _mailing("ended", sent=37, skipped=1, pressure_reason="Dernières places.")
    yield Page("mailing-ended", "staff/mailing.html", {**one, "mailing": ended})
    yield Page("mailing-paused", "staff/mailing.html", {**one, "mailing": _mailing("paused")})
