"""A page's form posts to the page: checks its token, builds the command, runs it, keeps what was typed."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from uuid import UUID, uuid5

from pydantic import ValidationError
from starlette.datastructures import FormData

from aggregates.kernel import Refused
from commands import http
from commands.message import Answer, Command
from commands.problems import TooLargeError
from portal.language import language, say
from portal.page import Page, uuid_or_none
from schema.labels import label

_SPACES = re.compile(r"[\s\u00a0\u202f]")
_AMOUNT = re.compile(r"(\d{1,7})(?:[.,](\d{1,2}))?")


class WrongFieldError(Exception):
    """What stands in this field is nothing that the command knows, and what to write instead."""

    def __init__(self, name: str, says: str) -> None:
        super().__init__()
        self.name, self.says = name, says


class NotAnAmountError(WrongFieldError):
    """What stands in this field is no amount of money."""

    def __init__(self, name: str) -> None:
        super().__init__(name, say("Écrivez un montant, par exemple 40,00."))


class StaleFormError(Exception):
    """The form's token is not this session's: the page must be opened again (403)."""

    code: ClassVar[str] = "stale_form"


@dataclass(frozen=True)
class Outcome:
    """What became of a form: an answer, or errors per field, or a refusal."""

    answer: Answer | None = None
    errors: Mapping[str, str] | None = None
    refused: Refused | None = None


async def typed(page: Page) -> FormData:
    """The form's fields. Raises StaleFormError, TooLargeError."""
    length = page.request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > http.MAX_BODY:
        raise TooLargeError
    form = await page.request.form(max_files=0, max_fields=5_000)
    given = str(form.get("csrf", ""))
    if not secrets.compare_digest(given.encode(), (page.session.csrf or "-").encode()):
        raise StaleFormError
    return form


def text(form: FormData, name: str) -> str | None:
    """A field's text without outer spaces, None when empty."""
    value = str(form.get(name, "")).strip()
    return value or None


def values(form: FormData) -> dict[str, str]:
    """All that was typed, to be shown again; of many values of one name the last."""
    return {name: str(value) for name, value in form.items()}


async def send(
    page: Page, form: FormData, command_type: type[Command], fields: Mapping[str, Any], *, part: str = ""
) -> Outcome:
    """Build the command from the typed fields and dispatch it under the form's id.

    `part` names one of several commands of the same form.
    """
    who = page.session.principal
    key = uuid_or_none(text(form, "command_id"))
    if key is None:
        raise StaleFormError
    try:
        command = command_type.model_validate(fields, strict=False)
    except ValidationError as error:
        return Outcome(errors=_errors(error))
    try:
        return Outcome(answer=await http.run(page.request, command, who, _id(who.user, key, part)))
    except Refused as refused:
        return Outcome(refused=refused)


def _id(user: UUID | None, key: UUID, part: str) -> UUID:
    return uuid5(user or UUID(int=0), f"{key}{part}")


def _errors(error: ValidationError) -> dict[str, str]:
    return {
        str(e["loc"][0]) if e["loc"] else "form": label(language(), "malformed", e["type"])
        for e in error.errors(include_url=False, include_input=False, include_context=False)
    }


def amount(form: FormData, name: str, currency: str) -> dict[str, Any] | None:
    """Money as people type it; None when the field is empty.

    Raises NotAnAmountError.
    """
    written = text(form, name)
    if written is None:
        return None
    minor = minor_of(written)
    if minor is None:
        raise NotAnAmountError(name)
    return {"minor": minor, "currency": currency}


def minor_of(written: str) -> int | None:
    """What people type, « 1 234,50 $ », « 40 », « €40.5 », in minor units; None where it is no amount."""
    found = _AMOUNT.fullmatch(_SPACES.sub("", written).strip("$€"))
    if found is None:
        return None
    whole, cents = found[1], (found[2] or "").ljust(2, "0")
    return int(whole) * 100 + int(cents)
