"""Small predicates over a client's profile, one per rule."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.profile.refusals import OwnEmail
from aggregates.client.refusals import AlreadyClient, EmailTaken
from aggregates.client.state import Dossier
from aggregates.kernel import fold


def own_login(dossier: Dossier, email_owner: UUID | None) -> None:
    """Nobody else logs in with the address (DOS-4). Raises EmailTaken."""
    if email_owner not in (None, dossier.id):
        raise EmailTaken(dossier=email_owner)


def reads_the_same(dossier: Dossier, last_name: str, first_name: str, postal_code: str | None) -> bool:
    """Names and postal code as they are compared are those of before (DOS-4)."""
    before = (dossier.last_name, dossier.first_name, dossier.postal_code or "")
    return [fold(str(part)) for part in before] == [
        fold(p) for p in (last_name, first_name, postal_code or "")
    ]


def a_namesake_is_known(namesake: UUID | None, *, reason: str | None, by_staff: bool) -> None:
    """Staff go past somebody of the same names and postal code with a reason (DOS-4).

    A client who moves isn't stopped by it, and learns nothing. Raises AlreadyClient.
    """
    if by_staff and namesake is not None and not reason:
        raise AlreadyClient(dossier=namesake)


def no_email_of_their_own(dossier: Dossier) -> None:
    """A relative's address serves who has none (DOS-6). Raises OwnEmail."""
    if dossier.email is not None:
        raise OwnEmail
