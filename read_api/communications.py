"""GET /api/clients/{id}/communications, …/mails/{id}: mails, notes and interests by date (COM-1, COM-11)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, cast
from uuid import UUID

import anyio.to_thread
from fastapi import APIRouter, Depends, Path, Request, Response

from aggregates.client.events import NoteWritten
from aggregates.client.preferences.events import InterestAdded, InterestWithdrawn
from aggregates.kernel import ERASED
from commands.authentication import Asker, allowed
from commands.problems import language_of
from processors.runtime import sent_mail
from processors.runtime.sent_mail import OutboxMail, Place, Said
from projections import dossier, history as history_model
from projections.history import Wanted
from projections.query import MASKED, Freshness, Reads, Row, wait_for
from read_api import history
from read_api.dossier import note_opening
from read_api.lists import (
    LAST_POSITION,
    After,
    Cursor,
    Limit,
    NotFoundError,
    ReadsOf,
    answer,
    decoded,
    encode_cursor,
    number_of,
    position_of,
)
from read_api.parameters import ClientId
from read_api.queries import READ_COMMUNICATIONS, masks_contact
from read_api.shapes import ID, PageOf
from read_api.shapes_dossier import Communication, OneMail
from read_api.workshop_dates import now
from schema.labels import Language, label
from schema.store import Store

router = APIRouter(prefix="/api/clients", tags=["clients"])
MODELS = ("history", "dossier", "catalogue", "workshop_dates")
_KINDS = {
    NoteWritten.TOPIC: "note",
    InterestAdded.TOPIC: "interest",
    InterestWithdrawn.TOPIC: "interest",
}
_WRITTEN = frozenset({"mailing", "written"})
"""E-mails that people write: they have no template."""
_NOTED = Wanted(topics=tuple(_KINDS))
_LAST = UUID(int=0)
"""Stands for an event's id: of one position, mails go before the event itself."""


@router.get("/{client}/communications", response_model=PageOf[Communication])
async def list_communications(
    request: Request,
    client: ClientId,
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_COMMUNICATIONS))],
    cursor: Cursor = None,
    limit: Limit = 50,
    after: After = None,
) -> Response:
    """Every mail about the client with its state, notes and interests, newest first; an organiser's look
    is noted."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    await _known(connection, client)
    await note_opening(request, connection, asker, client)
    page = await _desk(request, connection, asker).page(client, before=place(cursor), limit=limit)
    return answer(request, asker, {"items": page.rows, "next": page.next}, _unkept(request, fresh))


@router.get("/{client}/mails/{mail}", response_model=OneMail)
async def read_mail(
    request: Request,
    client: ClientId,
    mail: Annotated[UUID, Path(description="Id of the mail.", examples=[ID])],
    connection: ReadsOf,
    asker: Annotated[Asker, Depends(allowed(READ_COMMUNICATIONS))],
    after: After = None,
) -> Response:
    """One mail with what it said; an organiser's look is noted."""
    fresh = await wait_for(connection, MODELS, position_of(after))
    await _known(connection, client)
    found = await _desk(request, connection, asker).mail(client, mail)
    await note_opening(request, connection, asker, client)
    return answer(request, asker, found, _unkept(request, fresh))


def _unkept(request: Request, fresh: Freshness) -> Freshness:
    """Never "not modified": mails change their state without any event."""
    return Freshness(fresh.position, fresh.stale_since, str(now(request)))


@dataclass(frozen=True)
class CommunicationPage:
    """One page, and the cursor of the following one."""

    rows: list[Row]
    next: str | None


@dataclass(frozen=True)
class Desk:
    """What one asker sees of clients' communications, in their language."""

    connection: Reads
    store: Store
    asker: Asker
    language: Language

    async def page(self, client: UUID, *, before: Place | None, limit: int) -> CommunicationPage:
        """Mails of the outbox, notes and interests of the log, merged by where they stand in it."""
        mails = await sent_mail.mails(self.connection, client, before=before, limit=limit)
        entries = await history.entries(
            self.connection,
            self.store,
            client,
            self.language,
            wanted=_NOTED,
            before=None if before is None else before[0] + (before[1] != _LAST),
            limit=limit,
            masked=masks_contact(self.asker.who),
        )
        said = await anyio.to_thread.run_sync(sent_mail.opened, self.store, mails)
        told = [(mail.place, self._of_mail(mail, said)) for mail in mails]
        told += [((entry.position, _LAST), _of_entry(entry)) for entry in entries]
        told.sort(key=lambda one: one[0], reverse=True)
        shown = told[:limit]
        following = encode_cursor(*shown[-1][0]) if len(shown) == limit else None
        return CommunicationPage([row for _, row in shown], following)

    async def mail(self, client: UUID, mail: UUID) -> dict[str, Any]:
        """A mail with its text. Raises NotFoundError."""
        found = await sent_mail.mail(self.connection, client, mail)
        if found is None:
            raise NotFoundError
        said = await anyio.to_thread.run_sync(sent_mail.opened, self.store, [found])
        return {"mail": self._of_mail(found, said)["mail"], "text": self._shown(found, said, "text")}

    def _of_mail(self, mail: OutboxMail, said: dict[UUID, Said | None]) -> Row:
        shown = {
            "id": mail.id,
            "template": mail.template,
            "recipient": mail.recipient,
            "state": mail.state,
            "state_label": label(self.language, "mail_state", mail.state),
            "error": mail.error,
            "sent_at": mail.sent_at,
            "to": self._shown(mail, said, "to"),
            "subject": self._shown(mail, said, "subject"),
        }
        sentence = _name_of(mail, self.language)
        return {"kind": "mail", "at": mail.at, "by": "", "sentence": sentence, "mail": shown}

    def _shown(self, mail: OutboxMail, said: dict[UUID, Said | None], name: str) -> str | None:
        """A part of what was sent: nothing of what wasn't, masked, or « [effacé] » once its key is gone."""
        if mail.id not in said:
            return None
        words = said[mail.id]
        if words is None:
            return str(ERASED)
        return MASKED if masks_contact(self.asker.who) else cast("str", getattr(words, name))


def _name_of(mail: OutboxMail, language: Language) -> str:
    """What kind of e-mail it is."""
    if mail.template in _WRITTEN:
        return label(language, "mail", f"name_{mail.template}")
    return label(language, "template_key", mail.template)


def _desk(request: Request, connection: Reads, asker: Asker) -> Desk:
    return Desk(connection, cast("Store", request.app.state.store), asker, language_of(request))


async def count(connection: Reads, client: UUID) -> int:
    """How many mails, notes and interests there are."""
    return await sent_mail.count(connection, client) + await history_model.count(connection, client, _NOTED)


async def _known(connection: Reads, client: UUID) -> None:
    if await dossier.identity(connection, client) is None:
        raise NotFoundError


def place(cursor: str | None) -> Place | None:
    """The row behind a cursor. Raises MalformedError."""

    def key(position: Any, id_: Any) -> Place:
        return number_of(position, LAST_POSITION - 1), UUID(id_)

    return None if cursor is None else decoded(cursor, key)


def _of_entry(entry: history.Entry) -> Row:
    return {
        "kind": _KINDS[entry.topic],
        "at": entry.at,
        "by": entry.by,
        "sentence": entry.sentence,
        "mail": None,
    }
