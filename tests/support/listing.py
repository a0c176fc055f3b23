"""Clients whom a query finds, for tests that write to them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from aggregates.audience.conditions import Interested
from aggregates.audience.found import fingerprint
from aggregates.client.preferences.events import Channel, InterestAdded, PreferenceChosen
from aggregates.kernel import Fact
from commands.mailing.compose_mailing import Audience
from projections import audience as audience_model
from tests.support.builders import dossier_created
from tests.support.projecting import Projecting, projecting

LISTED = tuple(UUID(int=n, version=4) for n in (1, 2, 3))
_WISHED = UUID(int=9, version=4)


def interested(activity: UUID) -> Interested:
    return Interested(kind="interested", activity=activity)


def audience(activity: UUID = _WISHED, clients: tuple[UUID, ...] = LISTED, **changes: Any) -> Audience:
    """Those interested in this activity, reviewed as these clients; by default the three that are there."""
    return Audience(**{"query": interested(activity), "reviewed": fingerprint(clients)} | changes)


@dataclass
class Listing:
    """Makes clients, and shows them to queries."""

    models: Projecting

    def add(
        self,
        *clients: UUID,
        activity: UUID | None = None,
        consents: bool = True,
        facts: tuple[Fact, ...] = (),
        **person: Any,
    ) -> UUID:
        """These clients are interested in an activity; answers which."""
        wished = activity or uuid4()
        yes = PreferenceChosen(channel=Channel.EMAIL, allowed=consents, wording="1")
        self.models.given(
            *(
                (client, fact)
                for client in clients
                for fact in (
                    dossier_created(client, **person),
                    yes,
                    InterestAdded(person=client, activity=wished, phase=None),
                    *facts,
                )
            )
        )
        return wished


@contextmanager
def listing(url: str) -> Iterator[Listing]:
    """The queries of that database's school find three clients."""
    with projecting(url, [audience_model.MODEL]) as models:
        made = Listing(models)
        made.add(*LISTED, activity=_WISHED)
        yield made
