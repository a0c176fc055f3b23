"""The client's own file, and logging in as a client, in every state worth seeing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_dossier import dossier, registration
from tests.portal.sample_parts import (
    COMMON,
    CONTACT,
    ELOISE,
    LONG,
    ORGANISERS,
    Context,
    Page,
    instant,
    money,
)

CLIENT = {
    **COMMON,
    "me": {
        "name": "Éloïse D'Arcy-Lévesque",
        "roles": ["client"],
        "zone": "America/Toronto",
        "may": ["read-own-file", "read-own-dates", "put-in-basket"],
    },
    "path": "/mon-dossier",
}


def own(**changes: object) -> Context:
    """Everything there can be in a file."""
    whole = dossier()
    groups: dict[str, list[Context]] = {s: [] for s in ("scheduled", "to_schedule", "followed", "cancelled")}
    for row in whole["registrations"]:
        groups[row["state"]].append({**row, "over": True})
    return {
        **CLIENT,
        "client": whole["dossier"],
        "groups": groups,
        **{n: whole[n] for n in ("given_up", "followed_elsewhere", "invoices", "documents")},
        "waiting_for": [w | {"offer": "/offre/x" if w["offered_until"] else None} for w in offered(whole)],
        "phases": [mapped(p, money(33500) if n == 0 else None) for n, p in enumerate(whole["phases"])],
        "online": True,
        **changes,
    }


def offered(whole: Context) -> list[Context]:
    """Waiting twice, once with a seat offered."""
    [place] = whole["waiting_for"][:1]
    return [place, place | {"offered_until": instant(1)}]


def mapped(phase: Context, owed: Context | None) -> Context:
    states = [place["state"] for place in phase["places"]]
    counts = {s: states.count(s) for s in ("followed", "scheduled", "to_schedule", "missing")}
    places = [place | {"registration": "r1"} for place in phase["places"]]
    shown = {"name": phase["name"], "number": phase["number"], "places": places}
    return {**shown, "counts": counts, "owed": [] if owed is None else [owed]}


PROFILE: Context = {
    **CLIENT,
    "path": "/mon-dossier/profil",
    "client": {"first_name": "Éloïse", "last_name": "D'Arcy-Lévesque", "email": "eloise@example.com"},
    "seen_version": 12,
    "values": {
        "form_of_address": "madam",
        "telephone": "+1 450 555-0143",
        "street": "1420, boulevard Saint-Martin Ouest, app. 3",
        "postal_code": "H7S 1M8",
        "city": "Laval",
        "country": "CA",
        "language": "fr",
        "name": "",
        "address": "",
    },
    "errors": {},
    "opened": "",
    "countries": ["CA", "FR", "MA"],
    "preferences": [
        {"channel": c, "allowed": allowed}
        for c, allowed in (("telephone", True), ("post", False), ("email", True))
    ],
    "billing": None,
}


def profiles() -> Iterator[Page]:
    clash = {"sentence": "Quelqu’un d’autre a modifié la ville entre-temps.", "rule": "AUD-1", "next": []}
    firm = {"name": "Ateliers Roy inc.", "address": "1, rue Roy\nLaval"}
    nothing = {**PROFILE["values"], "telephone": "", "city": "", "country": ""}
    for name, changed in (
        ("own-profile", {}),
        (
            "own-profile-errors",
            {"values": nothing, "errors": {"country": "Ce champ manque."}, "opened": "profile"},
        ),
        ("own-profile-clash", {"refusal": clash, "opened": "profile"}),
        ("own-profile-firm", {"values": {**PROFILE["values"], **firm}, "billing": firm, "opened": "billing"}),
    ):
        yield Page(name, "client/profile.html", {**PROFILE, **changed})


def papers() -> Iterator[Page]:
    found = dossier()["documents"]
    base = {**CLIENT, "path": "/mon-dossier/documents", "client": "c1", "chosen": None, "errors": {}}
    attested = [registration("followed", 2)]
    full = {**base, "documents": found, "attested": attested}
    wrong = {"file": "Choisissez d’abord un fichier."}
    yield Page("own-documents", "client/documents.html", full)
    yield Page("own-documents-error", "client/documents.html", {**full, "errors": wrong})
    yield Page("own-documents-none", "client/documents.html", {**base, "documents": [], "attested": []})


def own_data() -> Iterator[Page]:
    reason = "Appel du 21 novembre : ne trouve pas son attestation."
    looks = [{"at": instant(-3), "by": ORGANISERS[1], "reason": reason}]
    readings = [
        {"at": instant(-1), "role": "organisation", "what": "ouverture du dossier", "count": 3},
        {"at": instant(-9), "role": "comptabilité", "what": "facture en PDF", "count": 1},
    ]
    base = {**CLIENT, "path": "/mon-dossier/donnees"}
    yield Page("own-data", "client/own_data.html", {**base, "looked_in": looks, "readings": readings})
    yield Page("own-data-none", "client/own_data.html", {**base, "looked_in": [], "readings": []})


def leaving() -> Iterator[Page]:
    base = {**CLIENT, "path": "/mon-dossier/retrait", "contact": CONTACT, "error": None, "hindered": None}
    for code, sentence in (
        ("balance_not_zero", "Le dossier ne peut pas être retiré : il reste un solde."),
        ("registrations_open", "Le dossier ne peut pas être retiré : il y reste des inscriptions (2)."),
    ):
        why = {"code": code, "sentence": sentence, "rule": "DOS-8"}
        yield Page(f"own-leave-{code}", "client/leave.html", {**base, "outcome": None, "hindered": why})
    box = "Cochez la case si vous êtes d’accord."
    yield Page("own-leave-erased", "client/leave.html", {**base, "outcome": "erased"})
    yield Page("own-leave-error", "client/leave.html", {**base, "outcome": "deactivated", "error": box})
    for outcome in ("erased", "deactivated"):
        farewell = {**COMMON, "me": None, "outcome": outcome, "school": "École Horizon intérieur"}
        yield Page(f"goodbye-{outcome}", "public/goodbye.html", farewell)


def calendars() -> Iterator[Page]:
    link = "https://portail.example/calendrier/" + "aB3-" * 16 + ".ics"
    open_ = {"link": link, "subscribe": link.replace("https", "webcal"), "since": instant(-9)}
    none: Context = {"link": None, "subscribe": None, "since": None}
    base = {**CLIENT, "path": "/calendrier", "is_client": True}
    yield Page("calendar-feed", "public/calendar_feed.html", {**base, **open_})
    yield Page("calendar-feed-none", "public/calendar_feed.html", {**base, **none})
    hidden = {**base, **none, "since": instant(-9)}
    yield Page("calendar-feed-helped", "public/calendar_feed.html", hidden)
    staff = {**none, "path": "/calendrier", "is_client": False}
    yield Page("calendar-feed-staff", "public/calendar_feed.html", staff)


def own_file_pages() -> Iterator[Page]:
    helping = {
        "name": f"{LONG['first_name']} {LONG['last_name']}",
        "until": instant(0, 15),
        "csrf": "x",
        "then": None,
    }
    nothing: Context = {"groups": {s: [] for s in ("scheduled", "to_schedule", "followed", "cancelled")}}
    lists = ("given_up", "followed_elsewhere", "waiting_for", "invoices", "documents", "phases")
    yield Page("own-file", "client/my_file.html", own())
    yield from profiles()
    yield from papers()
    yield from own_data()
    yield from leaving()
    yield from calendars()
    yield Page("own-file-helped", "client/my_file.html", own(helping=helping))
    yield Page("own-file-new", "client/my_file.html", own(**nothing, **{name: [] for name in lists}))
    empty: Context = {"client": ELOISE, "values": {"reason": ""}, "errors": {}}
    yield Page("log-in-as", "staff/log_in_as.html", empty)
    yield Page(
        "log-in-as-error",
        "staff/log_in_as.html",
        empty | {"errors": {"reason": "À remplir."}, "client": LONG | {"id": "c2"}},
    )
