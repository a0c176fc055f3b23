"""The suppression list: addresses of deleted dossiers, kept as keyed hashes, that no import writes to."""

from __future__ import annotations

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
