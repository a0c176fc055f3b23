"""Staff log in as a client to guide them (DOS-12)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar
from uuid import UUID

from aggregates.client.impersonation.decisions import begin_impersonation
from aggregates.client.impersonation.refusals import NotYourClient
from aggregates.client.policies import active
from aggregates.client.registrations.state import Followed, Scheduled
from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Role
from aggregates.workshop.own import Own
from aggregates.workshop.state import WORKSHOP, CancelledWorkshop, Planned
from commands.access import Scope, anyone
from commands.message import Act, Command, Text
from schema.store import Change, Loaded


class BeginImpersonation(Command):
    """Look at the portal as this client for 30 minutes at the most; the client reads who, when and why.

    Organisers: clients with a date in a workshop of theirs, past or to come. The page of the dossier
    turns its own session; over the API it is but noted, a token stays what it is.

    Refused: no_such_dossier, dossier_not_active, not_your_client. Makes `impersonation`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.ORGANISER, Role.OFFICE)
    RULES: ClassVar[tuple[str, ...]] = ("DOS-12",)

    client: UUID
    reason: Text


def handle(command: BeginImpersonation, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    helper = act.who.user
    assert helper is not None
    if Role.OFFICE not in act.who.roles:
        dates = act.load_all([WORKSHOP.at(date) for date in _dates(active(client.state))])
        _one_of_theirs(act.who.own, dates)
    begun = begin_impersonation(
        client.state, act.new("impersonation"), helper=helper, reason=command.reason, now=act.now
    )
    return [Change(client, begun)]


def _dates(dossier: Dossier) -> list[UUID]:
    dated = [r for r in dossier.registrations.values() if isinstance(r, Scheduled | Followed)]
    return list(dict.fromkeys(r.workshop for r in dated))


def _one_of_theirs(own: Own, dates: Iterable[Loaded[Any]]) -> None:
    for date in dates:
        state = date.state
        if isinstance(state, Planned | CancelledWorkshop) and own.holds(state.plan.people, state.region):
            return
    raise NotYourClient
