"""Have a draft sent to oneself, as one client would read it (COM-6)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from aggregates.catalogue.state import SETTINGS, SETTINGS_ID
from aggregates.client.policies import active
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.mailing.decisions import Draft, try_draft
from aggregates.mailing.events import Picture
from aggregates.mailing.policies import written_by_staff
from aggregates.mailing.state import MAILING
from aggregates.staff.state import STAFF
from aggregates.workshop.policies import planned
from aggregates.workshop.state import WORKSHOP
from commands.access import Scope, anyone
from commands.message import Act, Command, Name, Text
from schema.store import Change


class TryMailing(Command):
    """Send a draft to the own address, its placeholders filled for `client` and `workshop`.

    It counts nowhere and needs no consent: nobody else gets it.
    Refused: author_not_staff, no_such_dossier, dossier_not_active, no_such_workshop, workshop_cancelled,
    unknown_placeholder, words_in_capitals, no_image_to_roster, no_such_file,
    not_an_image. Makes `draft`.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(Role.OFFICE, Role.ADMIN) | {
        Role.ORGANISER: Scope.OWN_WORKSHOPS
    }
    RULES: ClassVar[tuple[str, ...]] = ("COM-6", "COM-4")

    client: UUID
    workshop: UUID | None = None
    subject: Name
    text: Text
    attachments: tuple[UUID, ...] = Field(default=(), max_length=20)
    image: Picture | None = None


def handle(command: TryMailing, act: Act) -> list[Change]:
    assert act.who.user is not None
    draft = act.fresh(MAILING, "draft")
    (author,), (settings,), (client,), workshops = act.load_groups(
        [STAFF.at(act.who.user)],
        [SETTINGS.at(SETTINGS_ID)],
        [CLIENT.at(command.client)],
        [] if command.workshop is None else [WORKSHOP.at(command.workshop)],
    )
    written_by_staff(author.state)
    active(client.state)
    for workshop in workshops:
        planned(workshop.state)
    act.need_files(command.attachments, command.image)
    tried = try_draft(
        draft.state,
        Draft(draft.id, author.id, command.subject, command.text, command.attachments, command.image),
        client=client.id,
        workshop=command.workshop,
        capitals_allowed=settings.state.capitals_allowed,
    )
    return [Change(draft, tried)]
