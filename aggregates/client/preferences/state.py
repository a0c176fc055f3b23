"""What a client wants to hear of, and how, folded from its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceFact,
    PreferenceRecorded,
)
from aggregates.kernel import Erased, replace


@dataclass(frozen=True)
class Answer:
    """What holds for one channel; without wording it was noted by staff."""

    allowed: bool
    wording: str | None


@dataclass(frozen=True)
class Wishes:
    """The answers by channel, none where the client wasn't asked or didn't say; and the interests."""

    answers: Mapping[Channel, Answer] = field(default_factory=dict)
    interests: frozenset[UUID] = frozenset()
    """Activities and phases."""


def evolve_wishes(wishes: Wishes, fact: PreferenceFact) -> Wishes:
    """The wishes after the fact; an interest erased since is none."""
    match fact:
        case PreferenceChosen():
            return _answered(wishes, fact.channel, Answer(fact.allowed, fact.wording))
        case PreferenceRecorded():
            return _answered(wishes, fact.channel, Answer(fact.allowed, None))
        case InterestAdded():
            return replace(wishes, interests=wishes.interests | _subject(fact))
        case InterestWithdrawn():
            return replace(wishes, interests=wishes.interests - _subject(fact))


def _answered(wishes: Wishes, channel: Channel, answer: Answer) -> Wishes:
    return replace(wishes, answers={**wishes.answers, channel: answer})


def _subject(fact: InterestAdded | InterestWithdrawn) -> frozenset[UUID]:
    named = (fact.activity, fact.phase)
    return frozenset(id_ for id_ in named if id_ is not None and not isinstance(id_, Erased))
