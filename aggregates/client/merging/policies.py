"""Small predicates over two dossiers of one person, one per rule (DOS-5)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.merging.refusals import (
    BothHoldAPlace,
    DeletionIsProposed,
    DossierIsMerged,
    FollowedStays,
    MergeNeedsRestoration,
)
from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.state import Wishes
from aggregates.client.refusals import DossierNotActive, NoSuchDossier
from aggregates.client.registrations.policies import is_open
from aggregates.client.registrations.state import Followed, Places, Registration, Scheduled
from aggregates.client.state import Client, DeactivatedDossier, Dossier, MergedDossier, NoDossier
from aggregates.kernel import Refused


@dataclass(frozen=True)
class Rivals:
    """Two places of which one can stay: of the surviving dossier, and of the other."""

    first: Registration
    second: Registration

    @property
    def ids(self) -> tuple[UUID, UUID]:
        return self.first.sale.id, self.second.sale.id

    @property
    def followed(self) -> UUID | None:
        """One that was followed and so can't end."""
        return next((r.sale.id for r in (self.first, self.second) if isinstance(r, Followed)), None)

    def ends(self, keep: Collection[UUID]) -> UUID:
        """Which of them ends. Raises BothHoldAPlace, FollowedStays."""
        ended = [id_ for id_ in self.ids if id_ not in keep]
        if len(ended) != 1:
            raise BothHoldAPlace(**self._named)
        if ended[0] == self.followed:
            raise FollowedStays(**self._named)
        return ended[0]

    @property
    def _named(self) -> dict[str, UUID]:
        return {"first": self.ids[0], "second": self.ids[1], "activity": self.first.sale.activity}


def rivals(one: Places, other: Places) -> list[Rivals]:
    """Open places for one activity, and an open one beside a followed one in one workshop (INS-12)."""
    return [
        Rivals(first, second)
        for first in one.registrations.values()
        for second in other.registrations.values()
        if _rival(first, second)
    ]


def _rival(first: Registration, second: Registration) -> bool:
    if is_open(first) and is_open(second):
        return (
            first.sale.activity == second.sale.activity or _workshop(first) == _workshop(second) is not None
        )
    return (is_open(first) or is_open(second)) and _workshop(first) == _workshop(second) is not None


def _workshop(registration: Registration) -> UUID | None:
    return registration.workshop if isinstance(registration, Scheduled | Followed) else None


def in_the_way(dossier: UUID, client: Client) -> Iterator[Refused]:
    """What of this one dossier keeps it from being merged."""
    match client:
        case NoDossier():
            yield NoSuchDossier()
        case DeactivatedDossier():
            yield MergeNeedsRestoration(dossier=dossier)
        case MergedDossier(into=into):
            yield DossierIsMerged(into=into)
        case Dossier(deletion=deletion):
            if deletion is not None:
                yield DeletionIsProposed(dossier=dossier)
        case _:
            yield DossierNotActive()


def stricter(one: Wishes, other: Wishes) -> list[Channel]:
    """Channels for which the first one says more than both together: either counts as no (DOS-5).

    Unanswered counts as no. Where neither said anything, nothing is to be noted.
    """

    def said(wishes: Wishes, channel: Channel) -> bool | None:
        answer = wishes.answers.get(channel)
        return None if answer is None else answer.allowed

    return [
        channel
        for channel in Channel
        if said(one, channel) is not False
        and (said(one, channel) or said(other, channel) is False)
        and not (said(one, channel) and said(other, channel))
    ]
