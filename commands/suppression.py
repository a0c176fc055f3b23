"""The suppression list: addresses of deleted dossiers, kept as keyed hashes, that no import writes to."""

from __future__ import annotations

from aggregates.client.state import CLIENT, Dossier, MergedDossier
from commands.claims import SUPPRESSED, same_email
from commands.message import Act


def mark_of(act: Act, email: str) -> str:
    """What stands on the list for an address (DOS-10)."""
    return act.hashed(SUPPRESSED, same_email(email))


def is_suppressed(act: Act, email: str) -> bool:
    """Whether an import must leave the address alone (DOS-10)."""
    return act.holder(SUPPRESSED, mark_of(act, email)) is not None


def new_mark(act: Act, email: str | None) -> str | None:
    """The mark that a deletion puts on the list; None where there is no address, or it stands there."""
    return None if email is None or is_suppressed(act, email) else mark_of(act, email)


def marks_of_parts(act: Act, dossier: Dossier) -> tuple[str, ...]:
    """Those of the addresses of dossiers that became part of this one (DOS-5); loads once more."""
    parts = [part.state for part in act.load_all([CLIENT.at(id_) for id_ in dossier.merged])]
    emails = {same_email(p.email) for p in parts if isinstance(p, MergedDossier) and isinstance(p.email, str)}
    own = {same_email(dossier.email)} if isinstance(dossier.email, str) else set[str]()
    found = (new_mark(act, email) for email in sorted(emails - own))
    return tuple(mark for mark in found if mark is not None)
