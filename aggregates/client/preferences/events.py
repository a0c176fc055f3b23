"""Facts of a client's preferences and interests."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Contact, Fact


class Channel(StrEnum):
    """A way to reach the client, each with a preference of its own (DOS-18)."""

    TELEPHONE = "telephone"
    POST = "post"
    EMAIL = "email"


class PreferenceChosen(Fact):
    """The client answered for one channel, having read this version of the wording (DOS-2, DOS-18)."""

    TOPIC: ClassVar[str] = "client.preference_chosen"

    channel: Channel
    allowed: bool
    wording: str


class PreferenceRecorded(Fact):
    """Staff noted what the client said elsewhere; a yes stands on a document (DOS-18)."""

    TOPIC: ClassVar[str] = "client.preference_recorded"

    person: UUID
    channel: Channel
    allowed: bool
    source: Contact[str]
    """How the school knows: a call, a letter."""
    proof: UUID | None


class InterestAdded(Fact):
    """The client is interested in an activity or in a phase, one of both (DOS-14)."""

    TOPIC: ClassVar[str] = "client.interest_added"

    person: UUID
    activity: Contact[UUID | None]
    phase: Contact[UUID | None]


class InterestWithdrawn(Fact):
    """The client is interested no longer (DOS-14)."""

    TOPIC: ClassVar[str] = "client.interest_withdrawn"

    person: UUID
    activity: Contact[UUID | None]
    phase: Contact[UUID | None]


PreferenceFact = PreferenceChosen | PreferenceRecorded | InterestAdded | InterestWithdrawn
