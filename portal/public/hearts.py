"""The heart beside an activity or a phase: a click notes the interest, another takes it back (DOS-14)."""

from __future__ import annotations

from uuid import UUID

from starlette.datastructures import FormData

from commands.clients.add_interest import AddInterest
from commands.clients.withdraw_interest import WithdrawInterest
from commands.message import Command
from portal import form
from portal.form import Outcome
from portal.page import Page, uuid_or_none
from projections import profile
from projections.query import Reads
from read_api.lists import NotFoundError

KINDS = ("activity", "phase")
ADD, WITHDRAW = "coeur", "sans-coeur"
"""Names of the buttons; their value is « activity:ID » or « phase:ID »."""


def pressed(filled: FormData) -> bool:
    """Whether the form was sent by a heart."""
    return ADD in filled or WITHDRAW in filled


async def take(page: Page, filled: FormData) -> tuple[Outcome, str]:
    """What became of the click, and the notice of it done. Raises NotFoundError for no such heart."""
    command: type[Command] = AddInterest if ADD in filled else WithdrawInterest
    said = form.text(filled, ADD) or form.text(filled, WITHDRAW) or ""
    kind, _, subject = said.partition(":")
    if kind not in KINDS or uuid_or_none(subject) is None:
        raise NotFoundError
    # The page's hearts share one form: each click is a wish of its own.
    part = f"{command.verb_noun()} {said}"
    outcome = await form.send(page, filled, command, {"client": page.own, kind: subject}, part=part)
    return outcome, "my_interest" if command is AddInterest else "my_interest_gone"


async def of(connection: Reads, client: UUID) -> list[str]:
    """Ids of the activities and phases that this client's heart stands beside."""
    return await profile.interests(connection, client)
