"""What the answers about mailings look like, for the OpenAPI file."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from read_api.shapes import ID, Answer, Shape, like

_AT = "2026-11-24T15:04:05Z"
State = Literal["awaiting_approval", "queued", "sending", "paused", "ended", "cancelled"]


class Mailing(Shape):
    """A mailing and its situation."""

    id: UUID = like(ID)
    state: State = like("sending")
    state_label: str = like("en cours d’envoi")
    author_id: UUID = like(ID)
    author: str = like("Monique Tremblay")
    composed_at: datetime = like(_AT)
    leaves_at: datetime | None = like(None, "Scheduled for then; null: at once.")
    workshop: UUID | None = like(None, "Whose participants it is for; null: to an audience.")
    announced: UUID | None = like(ID, "The workshop that it announces.")
    subject: str = like("Nouvelles dates à Lyon")
    reason: str | None = like(None, "Why the participants must be written to (COM-7).")
    pressure_reason: str | None = like(None, "Why one more announcement is right (COM-9).")
    found: int = like(42, "Persons whom the query found.")
    recipients: int = like(38)
    joint: bool = like(False, "A joint announcement, approved by the office (REQ-2).")
    sent: int | None = like(None, "Once it has ended.")
    skipped: int | None = like(None, "Passed over, once it has ended.")
    stopped: str | None = like(None, "Why the rest never left.")


class Recipient(Shape):
    """Somebody whom the query found: why they get nothing, or what became of theirs."""

    id: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    excluded: str | None = like(None, "Why left out when it was composed: a code; null: a recipient.")
    excluded_label: str | None = like(None)
    state: str | None = like("sent", "Of the e-mail; null: there is none yet.")
    state_label: str | None = like("envoyé")
    error: str | None = like(None, "Why it failed or was dropped: a code.")
    why: str | None = like(None, "The same in words, where there are any.")
    sent_at: datetime | None = like(_AT)
    tried: int | None = like(1, "Given to `decide-held-mail` with a held one.")


class OneMailing(Answer):
    """A mailing with its text and for whom it is."""

    mailing: Mailing
    text: str = like("{cher} {prenom_client},\n\nVoici nos dates.")
    persons: list[Recipient]


class Allowance(Shape):
    """What is left of the asker's 500 e-mails in 24 hours (COM-8)."""

    left: int = like(380, "At that moment.")
    most: int = like(500)
    fits_from: datetime | None = like(_AT, "From when this many may leave at once; null: never.")


class OneAllowance(Answer):
    """The same, asked for by itself."""

    allowance: Allowance


class Moment(Shape):
    """A good time to announce, days included."""

    since: date = like("2026-09-05")
    until: date = like("2026-10-05")


class Reviewed(Shape):
    """Somebody whom the query finds now."""

    id: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    excluded: str | None = like(None, "Why they would get nothing: a code; null: a recipient.")
    excluded_label: str | None = like(None)
    last_mailing: datetime | None = like(None, "The last mail of any mailing, in these 60 days.")


class Review(Answer):
    """What a mailing to this audience would be: nothing is sent."""

    items: list[Reviewed]
    count: int = like(42)
    recipients: int = like(38)
    recent: int = like(5, "Recipients who had any mailing in the last 60 days.")
    reviewed: str = like("9f86d081884c7d65", "Names this list to `compose-mailing`.")
    allowance: Allowance
    good_moments: list[Moment] = like([], "To announce that workshop: 2–3 months and 2–4 weeks before.")
