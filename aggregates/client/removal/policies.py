"""Small predicates over a dossier's end, one per rule."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.refusals import BalanceNotZero, RegistrationsOpen
from aggregates.client.registrations.policies import is_open
from aggregates.client.registrations.state import Followed
from aggregates.client.removal.refusals import DeletionNeedsAnother, DeletionNotProposed, WorkshopsFollowed
from aggregates.client.state import Dossier


def nothing_open(dossier: Dossier, *, money_open: bool) -> None:
    """Money first, then registrations, also those of past workshops not ticked (DOS-8).

    Raises BalanceNotZero, RegistrationsOpen.
    """
    if money_open:
        raise BalanceNotZero
    still_open = sum(is_open(r) for r in dossier.registrations.values())
    if still_open:
        raise RegistrationsOpen(count=still_open)


def nothing_followed(dossier: Dossier) -> None:
    """No workshop followed, abroad neither (DOS-10). Raises WorkshopsFollowed."""
    places = dossier.places
    if places.abroad or any(isinstance(r, Followed) for r in places.registrations.values()):
        raise WorkshopsFollowed


def a_second_person(dossier: Dossier, by: UUID) -> None:
    """One proposes, another approves (DOS-10). Raises DeletionNotProposed, DeletionNeedsAnother."""
    if dossier.deletion is None:
        raise DeletionNotProposed
    if dossier.deletion.by == by:
        raise DeletionNeedsAnother
