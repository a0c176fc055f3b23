"""The client's own file, and logging in as a client, in every state worth seeing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.portal.sample_dossier import dossier
from tests.portal.sample_parts import COMMON, ELOISE, LONG, ORGANISERS, Context, Page, instant

CLIENT = {
    **COMMON,
    "me": {
        "name": "Éloïse D'Arcy-Lévesque",
        "roles": ["client"],
        "zone": "America/Toronto",
        "may": ["read-own-file", "put-in-basket"],
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
        **{n: whole[n] for n in ("given_up", "followed_elsewhere", "waiting_for", "invoices")},
        "looked_in": [
            {
                "at": instant(-3),
                "by": ORGANISERS[1],
                "reason": "Appel du 21 novembre : ne trouve pas son attestation.",
            }
        ],
        **changes,
    }


def own_file_pages() -> Iterator[Page]:
    helping = {"name": f"{LONG['first_name']} {LONG['last_name']}", "until": instant(0, 15), "csrf": "x"}
    nothing: Context = {"groups": {s: [] for s in ("scheduled", "to_schedule", "followed", "cancelled")}}
    lists = ("given_up", "followed_elsewhere", "waiting_for", "invoices", "looked_in")
    yield Page("own-file", "client/my_file.html", own())
    yield Page("own-file-helped", "client/my_file.html", own(helping=helping))
    yield Page("own-file-new", "client/my_file.html", own(**nothing, **{name: [] for name in lists}))
    empty: Context = {"client": ELOISE, "values": {"reason": ""}, "errors": {}}
    yield Page("log-in-as", "staff/log_in_as.html", empty)
    yield Page(
        "log-in-as-error",
        "staff/log_in_as.html",
        empty | {"errors": {"reason": "À remplir."}, "client": LONG | {"id": "c2"}},
    )
