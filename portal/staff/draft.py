"""A mail while it is written: words, files and moment stay in the form until it is sent (COM-5 to COM-7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, cast
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import anyio.to_thread
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from aggregates.mailing.events import ImagePlace, Picture
from aggregates.mailing.placeholders import FILES
from aggregates.mailing.policies import known_placeholders, no_words_in_capitals
from aggregates.mailing.refusals import UnknownPlaceholder, WordsInCapitals
from commands.files import keep_file
from portal import form
from portal.page import Page, uuid_or_none
from portal.upload import brought_by
from processors.runtime.links import Links
from processors.runtime.mailing_letter import Content, written
from projections import recipients
from projections.query import Reads
from read_api.workshop_dates import now
from schema.files import Files, Head

_FIELDS = 2_000
"""Recipients and all else that a form may hold."""
_MARK = "{" + FILES + "}"
GREETING = "{cher} {prenom_client},\n\n"


@dataclass
class Draft:
    """What was typed so far."""

    subject: str = ""
    text: str = GREETING
    attachments: list[UUID] = field(default_factory=list)
    image: Picture | None = None
    day: str = ""
    hour: str = ""
    tried: str = ""
    heads: Mapping[UUID, Head] = field(default_factory=dict)
    refused: Refused | None = None
    """Why the file that came with the form was not taken."""

    def fields(self) -> dict[str, Any]:
        """As the commands have them."""
        return {
            "subject": self.subject or None,
            "text": self.text or None,
            "attachments": tuple(self.attachments),
            "image": self.image,
        }

    def leaves_at(self, zone: str) -> datetime | None:
        """The moment typed, in that zone; None: at once. Raises ValueError."""
        if not self.day and not self.hour:
            return None
        return datetime.fromisoformat(f"{self.day}T{self.hour or '09:00'}").replace(tzinfo=ZoneInfo(zone))

    @property
    def digest(self) -> str:
        """Tells whether the test that was sent said the same."""
        return sha256(f"{self.subject}\0{self.text}".encode()).hexdigest()[:16]

    def shown(self) -> dict[str, Any]:
        """For the template."""
        names = {file: head.name for file, head in self.heads.items()}
        image = self.image
        return {
            "subject": self.subject,
            "text": self.text,
            "files": [{"id": str(file), "name": names.get(file, "fichier")} for file in self.attachments],
            "image": image
            and {
                "id": str(image.file),
                "name": names.get(image.file, "image"),
                "place": image.place.value,
            },
            "day": self.day,
            "hour": self.hour,
            "tried": self.tried,
        }


async def received(page: Page) -> tuple[FormData, Draft]:
    """The form as it came, a file of it taken in. Raises StaleFormError, TooLargeError, MalformedError."""
    content, name = b"", ""
    if page.request.headers.get("content-type", "").startswith("multipart/"):
        came = await brought_by(page, _FIELDS)
        filled, content, name = came.fields, came.content, came.name
    else:
        filled = await form.typed(page)
    draft = _typed(filled)
    if content:
        try:
            await _take_in(page, filled, draft, name, content)
        except Refused as refused:
            draft.refused = refused
    ids = [*draft.attachments, *([] if draft.image is None else [draft.image.file])]
    files, who = cast("Files", page.request.app.state.files), page.session.principal.user
    limiter = page.request.app.state.dispatch_limiter
    heads = await anyio.to_thread.run_sync(files.heads, ids, limiter=limiter) if ids else {}
    draft.heads = {file: head for file, head in heads.items() if head.owner == who}
    return filled, draft


def _typed(filled: FormData) -> Draft:
    gone = uuid_or_none(form.text(filled, "drop"))
    ids = [uuid_or_none(str(value)) for value in filled.getlist("attachment")]
    image = uuid_or_none(form.text(filled, "image"))
    place = form.text(filled, "image_place") or ImagePlace.FIRST.value
    known = image is not None and image != gone and place in set(ImagePlace)
    return Draft(
        subject=form.text(filled, "subject") or "",
        text=str(filled.get("text", "")).replace("\r\n", "\n").strip() if "text" in filled else GREETING,
        attachments=[file for file in ids if file is not None and file != gone],
        image=Picture(file=image, place=ImagePlace(place)) if known and image is not None else None,
        day=form.text(filled, "day") or "",
        hour=form.text(filled, "hour") or "",
        tried=form.text(filled, "tried") or "",
    )


async def _take_in(page: Page, filled: FormData, draft: Draft, name: str, content: bytes) -> None:
    key = uuid_or_none(form.text(filled, "command_id"))
    if key is None:
        raise form.StaleFormError
    who = page.session.principal
    file = uuid5(who.user or UUID(int=0), f"{key}file")
    await keep_file(page.request, who, file, name, content)
    use = form.text(filled, "use")
    if use in set(ImagePlace):
        draft.image = Picture(file=file, place=ImagePlace(use))
        return
    draft.attachments.append(file)
    if _MARK not in draft.text:
        draft.text = f"{draft.text}\n\n{_MARK}"


def checks(
    draft: Draft, placeholders: Collection[str], capitals: Collection[str] | None
) -> list[dict[str, Any]]:
    """What the words are held to, each fulfilled or not; without `capitals` they are not looked at."""
    texts = [draft.subject, draft.text]
    found = [check(bool(draft.subject), "Objet écrit", "Écrivez un objet.")]
    found.append(check(bool(draft.text.strip()), "Texte écrit", "Écrivez un texte."))
    try:
        known_placeholders(texts, placeholders)
        found.append(check(True, "Champs connus"))
    except UnknownPlaceholder as refused:
        found.append(check(False, "", f"Champ inconnu : {', '.join(refused.fields['unknown'])}."))
    if capitals is not None:
        try:
            no_words_in_capitals(texts, capitals)
            found.append(check(True, "Aucun mot tout en majuscules"))
        except WordsInCapitals as refused:
            found.append(check(False, "", f"En majuscules : {', '.join(refused.fields['words'])}."))
    return found


def check(fine: bool, done: str, wrong: str = "") -> dict[str, Any]:
    """One line of the review."""
    return {"fine": fine, "text": done if fine else wrong}


async def preview(
    page: Page,
    connection: Reads,
    draft: Draft,
    client: UUID,
    placeholders: Collection[str],
    workshop: UUID | None = None,
) -> dict[str, str] | None:
    """What that person would read; None where they are gone. Raises UnknownPlaceholder."""
    known_placeholders([draft.subject, draft.text], placeholders)
    person = await recipients.one(connection, client)
    author = page.session.principal.user
    if person is None or person["state"] != "active" or author is None:
        return None
    content = Content(
        author,
        draft.subject,
        draft.text,
        workshop,
        draft.attachments,
        draft.image,
        draft.heads,
        asks_consent=False,
    )
    links = cast("Links", page.request.app.state.links)
    letter = await written(connection, content, person, links=links, at=now(page.request))
    name = f"{person['first_name']} {person['last_name']}".strip()
    return {"name": name, "subject": letter.subject, "text": letter.text, "reply_to": letter.reply_to}


def context_of(draft: Draft, placeholders: Sequence[str], **more: Any) -> dict[str, Any]:
    """What the page shows of it; without `more` it is to nobody yet, and announces nothing."""
    return {
        "persons": [],
        "count": 0,
        "recent": 0,
        "reviewed": "",
        "allowance": None,
        "draft": draft.shown(),
        "placeholders": [f"{{{name}}}" for name in placeholders],
        "dates": [],
        "series": {"workshop": "", "name": ""},
        "moments": [],
        "pressure": False,
        "pressure_reason": "",
        "preview": None,
        "reader": "",
        "checks": [],
        "workshop": None,
        "joint": None,
        "models": [],
        "model": "",
        "errors": {},
        **more,
    }
