"""What may happen to preferences and interests: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from aggregates.client.policies import active
from aggregates.client.preferences.events import (
    Channel,
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceFact,
    PreferenceRecorded,
)
from aggregates.client.preferences.policies import yes_stands_on_a_proof
from aggregates.client.preferences.state import Answer
from aggregates.client.state import Client

Facts = Sequence[PreferenceFact]


def choose_preferences(client: Client, allowed: Mapping[Channel, bool], *, wording: str) -> Facts:
    """The client answers for each channel; `wording` is the version that was shown (DOS-2, DOS-18).

    The same answer to a new wording is a new answer. Raises NoSuchDossier, DossierNotActive.
    """
    answers = active(client).wishes.answers
    return [
        PreferenceChosen(channel=channel, allowed=answer, wording=wording)
        for channel, answer in allowed.items()
        if answers.get(channel) != Answer(answer, wording)
    ]


def record_preference(
    client: Client, channel: Channel, *, allowed: bool, source: str, proof: UUID | None
) -> Facts:
    """Staff note what the client said elsewhere (DOS-18).

    Raises NoSuchDossier, DossierNotActive, YesNeedsProof.
    """
    dossier = active(client)
    yes_stands_on_a_proof(proof, allowed=allowed)
    known = dossier.wishes.answers.get(channel)
    if known is not None and known.allowed is allowed:
        return []
    return [
        PreferenceRecorded(person=dossier.id, channel=channel, allowed=allowed, source=source, proof=proof)
    ]


def add_interest(client: Client, *, activity: UUID | None, phase: UUID | None) -> Facts:
    """The heart beside an activity or a phase, one of both (DOS-14).

    Raises NoSuchDossier, DossierNotActive.
    """
    dossier = active(client)
    if {activity, phase} & dossier.wishes.interests:
        return []
    return [InterestAdded(person=dossier.id, activity=activity, phase=phase)]


def withdraw_interest(client: Client, *, activity: UUID | None, phase: UUID | None) -> Facts:
    """The heart is taken off again (DOS-14). Raises NoSuchDossier, DossierNotActive."""
    dossier = active(client)
    if not {activity, phase} & dossier.wishes.interests:
        return []
    return [InterestWithdrawn(person=dossier.id, activity=activity, phase=phase)]
