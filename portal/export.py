"""All that is known of one client, as a ZIP for them: JSON, a page to read, files and invoices (T27)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

import orjson
from fastapi import Request

from aggregates.client.events import NoteKind, NoteWritten
from aggregates.invoice.payments.events import PaymentDescribed
from aggregates.kernel import Role
from commands.access import Principal, Scope
from commands.authentication import Asker
from portal import export_words
from portal.language import language, later, say
from portal.page import read_as, templates
from processors.documents import invoice as paper
from processors.documents.press import Paper, pressed
from projections import dossier, invoices
from projections.query import Reads, Row, wait_for
from read_api import communications, history
from read_api.dossier import MODELS, dossier_of
from read_api.lists import NotFoundError
from schema import access_trail
from schema.access_trail import Wanted
from schema.files import Files
from schema.labels import label, tables
from schema.store import Store
from schema.topics import FACTS

OFFICE = Asker(Principal(None, frozenset({Role.OFFICE}), Role.OFFICE), Scope.ANY, None)
"""Whose eyes gather it: nothing is masked."""
_AT_ONCE = 200
_READ_ME = later("LISEZ-MOI.html")
_SECTIONS = (
    ("client", later("Identité et coordonnées")),
    ("contact_address", later("Adresse d’un proche")),
    ("billing", later("Facturation")),
    ("card", later("Carte privilège")),
    ("preferences", later("Préférences")),
    ("interests", later("Intérêts")),
    ("registrations", later("Inscriptions")),
    ("given_up", later("Dates laissées")),
    ("followed_elsewhere", later("Ateliers suivis ailleurs")),
    ("waiting_for", later("Listes d’attente")),
    ("phases", later("Phases")),
    ("invoices", later("Factures et paiements")),
    ("documents", later("Documents")),
    ("communications", later("Courriels")),
    ("notes", later("Notes de l’équipe")),
    ("opened_by", later("Qui a consulté ce dossier")),
)
_HIDDEN = frozenset({"id", "template", "message", "enrolment", "phase", "activity_id", "organiser_id"})
"""Ids and names of ours, which say nothing to a reader; the JSON has them."""
_VISIBLE = frozenset(fact.TOPIC for fact in FACTS if fact.VISIBLE)


@dataclass(frozen=True)
class Review:
    """Which words of the staff the client gets, once somebody read them."""

    notes: frozenset[NoteKind] = frozenset()
    internal: bool = False
    """Events that clients don't see in their own history: their reasons are staff's words too."""
    payments: bool = False
    """What was written down of cheques: who drew them may be somebody else (decision 0087)."""

    def lets(self, event: history.Entry) -> bool:
        """Whether this event is handed over."""
        if event.topic == NoteWritten.TOPIC:
            return event.fields["kind"] in self.notes
        if event.topic == PaymentDescribed.TOPIC:
            return self.payments
        return self.internal or (event.topic in _VISIBLE and event.fields.get("namesake_reason") is None)

    def words(self, event: history.Entry, about: Mapping[str, Any]) -> history.Entry | None:
        """The event as far as its words are put elsewhere too; None: not at all."""
        if self.lets(event):
            return event
        return export_words.unread(event, about) if event.topic == PaymentDescribed.TOPIC else None


@dataclass(frozen=True)
class Export:
    """What was gathered; files and PDFs are fetched while it is written."""

    about: Mapping[str, Any]
    events: Sequence[history.Entry]
    papers: Sequence[Paper]
    documents: Sequence[Row]

    def parts(self, files: Files) -> Iterator[tuple[str, bytes]]:
        """Name and content of each file of the ZIP, one at a time."""
        yield "dossier.json", _json(self.about)
        yield "evenements.json", _json([entry.row() for entry in self.events])
        shown = {
            "about": self.about,
            "events": self.events,
            "papers": [p.name for p in self.papers],
            "sections": _SECTIONS,
            "hidden": _HIDDEN,
            "word": _word,
        }
        html = templates().get_template("export.html").render(shown)
        yield say(_READ_ME), html.encode()
        for one in self.papers:
            yield f"factures/{one.name}.pdf", pressed(one)
        for document in self.documents:
            content = files.content(UUID(document["id"]))
            if content is not None:
                yield f"documents/{document['id']}-{document['name']}", content


async def gather(request: Request, connection: Reads, client: UUID, review: Review, at: datetime) -> Export:
    """Everything, as it stands, in the client’s language. Raises NotFoundError."""
    await wait_for(connection, (*MODELS, "history", "papers", "cases"), None)
    await read_as(connection, client)
    if await dossier.identity(connection, client) is None:
        raise NotFoundError
    store = cast("Store", request.app.state.store)
    about = await dossier_of(connection, client, OFFICE, at)
    about["notes"] = {kind.value: about["notes"][kind.value] for kind in NoteKind if kind in review.notes}
    ids = [UUID(row["id"]) for row in about["invoices"]]
    about["invoices"] = [await invoices.invoice(connection, id_) for id_ in ids]
    about["communications"] = await _mails(connection, store, client)
    about["opened_by"] = await _readings(connection, client)
    happened = await _history(connection, store, client)
    export_words.put(about, filter(None, (review.words(entry, about) for entry in happened)))
    events = [entry for entry in happened if review.lets(entry)]
    papers = [found for id_ in ids if (found := await paper.invoice(connection, id_)) is not None]
    documents = [row for row in about["documents"] if row["name"] is not None]
    made = {"made_at": at, **about}
    return Export(made, events, papers, documents)


def written(export: Export, files: Files) -> Iterator[bytes]:
    """The ZIP, piece by piece: nothing of it is kept anywhere."""
    piece = _Piece()
    with zipfile.ZipFile(piece, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in export.parts(files):
            made.writestr(name, content)
            yield piece.taken()
    yield piece.taken()


class _Piece(io.RawIOBase):
    """What was written since it was last taken; a ZIP can be written without going back."""

    def __init__(self) -> None:
        super().__init__()
        self._bytes = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._bytes += data
        return len(data)

    def taken(self) -> bytes:
        piece, self._bytes = bytes(self._bytes), bytearray()
        return piece


async def _history(connection: Reads, store: Store, client: UUID) -> list[history.Entry]:
    """Of the dossier and its invoices, oldest first."""
    found: list[history.Entry] = []
    while True:
        before = found[-1].position if found else None
        page = await history.entries(connection, store, client, language(), before=before, limit=_AT_ONCE)
        found += page
        if len(page) < _AT_ONCE:
            return found[::-1]


async def _mails(connection: Reads, store: Store, client: UUID) -> list[dict[str, Any]]:
    """E-mails with what they said; notes and interests stand elsewhere."""
    desk = communications.Desk(connection, store, OFFICE, language())
    before, found = None, []
    while True:
        page = await desk.page(client, before=before, limit=_AT_ONCE)
        for row in page.rows:
            if row["kind"] == "mail" and row["mail"]["to"] is not None:
                found.append(row["mail"] | {"text": (await desk.mail(client, row["mail"]["id"]))["text"]})
        if page.next is None:
            return found
        before = communications.place(page.next)


async def _readings(connection: Reads, client: UUID) -> list[dict[str, Any]]:
    """Who of the staff had these data, by role (AUD-4)."""
    rows = await access_trail.page(connection, Wanted(subject=client), limit=1_000)
    return [
        {
            "at": a.at,
            "role": label(language(), "role", a.role.value),
            "what": label(language(), "reading", a.kind.value),
        }
        for _, a in rows
    ]


def _json(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_UTC_Z | orjson.OPT_INDENT_2)


def _word(key: str) -> str:
    """What a field is called; those without a name of their own as they are."""
    return tables(language())["field"].get(key, key.replace("_", " "))
