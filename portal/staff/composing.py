"""Shows, tries and sends a mailing that is being written; each of its pages says to whom (COM-6, COM-7)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol
from uuid import UUID

from fastapi.responses import HTMLResponse, Response
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from commands.mailing.compose_mailing import ComposeMailing
from commands.mailing.try_mailing import TryMailing
from portal import form
from portal.page import Notice, Page, see_other
from portal.staff.draft import Draft, received
from projections import catalogue
from projections.query import Reads

Whom = Callable[[Reads, FormData], Awaitable[tuple[dict[str, Any], dict[str, str]]]]
"""The command's fields that say who gets it, and what is wrong with what was typed of it."""


class Show(Protocol):
    """The page, with what came of the last act."""

    def __call__(
        self,
        filled: FormData,
        draft: Draft,
        *,
        refused: Refused | None = None,
        errors: Mapping[str, str] | None = None,
        notice: Notice | None = None,
    ) -> Awaitable[HTMLResponse]: ...


async def composed(page: Page, show: Show, whom: Whom, workshop: UUID | None = None) -> Response:
    """Try it on oneself, send it, or show it again; `workshop` is whose participants read it."""
    filled, draft = await received(page)
    wished = form.text(filled, "act")
    if draft.refused is not None or wished not in ("test", "send"):
        return await show(filled, draft, refused=draft.refused)
    if wished == "test":
        return await _try(page, filled, draft, show, workshop)
    return await _send(page, filled, draft, show, whom)


async def _try(page: Page, filled: FormData, draft: Draft, show: Show, workshop: UUID | None) -> Response:
    fields = {"client": form.text(filled, "reader"), **draft.fields()}
    if workshop is not None:
        fields["workshop"] = workshop
    outcome = await form.send(page, filled, TryMailing, fields, part="test")
    if outcome.answer is None:
        return await show(filled, draft, refused=outcome.refused, errors=outcome.errors)
    draft.tried = draft.digest
    return await show(filled, draft, notice=Notice("Essai envoyé à votre adresse."))


async def _send(page: Page, filled: FormData, draft: Draft, show: Show, whom: Whom) -> Response:
    async with page.reads.connection() as connection:
        zone = (await catalogue.school(connection)).zone
        fields, errors = await whom(connection, filled)
    leaves_at = None
    try:
        leaves_at = draft.leaves_at(zone)
    except ValueError:
        errors["day"] = "Donnez un jour et une heure, ou ni l’un ni l’autre."
    if errors:
        return await show(filled, draft, errors=errors)
    fields |= {**draft.fields(), "leaves_at": leaves_at}
    outcome = await form.send(page, filled, ComposeMailing, fields)
    if outcome.answer is None:
        return await show(filled, draft, refused=outcome.refused, errors=outcome.errors)
    made = outcome.answer.made["mailing"]
    return see_other(f"/envois/{made}", outcome.answer.position, "mailing_composed")
