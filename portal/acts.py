"""A page with several forms: which act was wished, may they, what does its form say, send it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from starlette.datastructures import FormData

from commands.access import ForbiddenError
from commands.message import Command
from portal import form
from portal.page import Page
from read_api.lists import NotFoundError

T = TypeVar("T")


@dataclass(frozen=True)
class FormAct(Generic[T]):
    """What one form of a page asks for; the page is about a `T`, such as a dossier's id."""

    command: type[Command]
    done: str
    """The notice of it done, of portal/notices.py."""
    fields: Callable[[T, FormData], Mapping[str, Any]]
    """The command's fields as typed; may raise WrongFieldError."""


def wished(page: Page, filled: FormData, acts: Mapping[str, FormAct[T]]) -> FormAct[T]:
    """The act whose button was pressed. Raises NotFoundError, ForbiddenError."""
    act = acts.get(form.text(filled, "act") or "")
    if act is None:
        raise NotFoundError
    if not page.lets_in(act.command.ALLOWED):
        raise ForbiddenError
    return act


async def carry_out(page: Page, filled: FormData, act: FormAct[T], about: T) -> form.Outcome:
    """Send its command; without an answer the page shows the form again with what was typed."""
    try:
        fields = act.fields(about, filled)
    except form.WrongFieldError as error:
        return form.Outcome(errors={error.name: error.says})
    return await form.send(page, filled, act.command, fields)
