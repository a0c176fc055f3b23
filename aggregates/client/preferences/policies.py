"""Small predicates over preferences, one per rule."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.preferences.events import Channel
from aggregates.client.preferences.refusals import YesNeedsProof
from aggregates.client.state import Client, Dossier


def consents(client: Client, channel: Channel) -> bool:
    """The school may call or write about its workshops this way; what nobody answered is a no (DOS-18)."""
    if not isinstance(client, Dossier):
        return False
    answer = client.wishes.answers.get(channel)
    return answer is not None and answer.allowed


def answers(client: Client) -> dict[str, bool | None]:
    """Channel → yes, no, or None where nobody answered, or there is no dossier to answer in."""
    given = client.wishes.answers if isinstance(client, Dossier) else {}
    return {channel.value: given[channel].allowed if channel in given else None for channel in Channel}


def yes_stands_on_a_proof(proof: UUID | None, *, allowed: bool) -> None:
    """Staff note a no, never a yes without a document (DOS-18). Raises YesNeedsProof."""
    if allowed and proof is None:
        raise YesNeedsProof
