"""Whom a mail about an account is for, and which link it holds, as the person's own stream says (DOS-3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aggregates.client.state import CLIENT, Dossier
from aggregates.kernel import Erased, Stream
from aggregates.links import LinkOver, LinkPurpose, OpenLinks
from aggregates.staff.state import STAFF, StaffUser
from commands.access_links import AccessLink, AccessLinks
from schema.store import Store
from schema.wording import Language


@dataclass(frozen=True)
class Asked:
    """The fact that a mail follows from: its version in the stream, and what its link is good for."""

    person: UUID
    staff: bool
    version: int
    purpose: LinkPurpose | None
    of_then: bool = False
    """The mail goes to the address of that moment, whatever it is now."""


@dataclass(frozen=True)
class Holder:
    """Who reads the mail, where, and the number of the link in it."""

    address: str | None
    first_name: str
    last_name: str
    form_of_address: str | None
    language: Language
    number: int | None


def account_stream(person: UUID, *, staff: bool) -> Stream[Any]:
    """The stream that an account follows from."""
    return STAFF.at(person) if staff else CLIENT.at(person)


def links_of(state: Any) -> OpenLinks:
    """The links of whoever has an account."""
    match state:
        case StaffUser():
            return state.links
        case Dossier():
            return state.access.links
        case _:
            return OpenLinks()


def address_of(state: Any, purpose: LinkPurpose | None) -> str | None:
    """Where links of that purpose are sent: to the new address, of who wants one."""
    match state:
        case Dossier() if purpose is LinkPurpose.EMAIL_CHANGE:
            return _clear(state.access.wanted_email)
        case StaffUser() | Dossier():
            return _clear(state.email)
        case _:
            return None


def holder(store: Store, asked: Asked) -> Holder | None:
    """None where nobody has that account any more.

    Raises LinkOver where a later link or act took the place of this one.
    """
    loaded = store.load([account_stream(asked.person, staff=asked.staff)])[0]
    now, then = loaded.state, loaded.as_of(asked.version)
    if not isinstance(now, StaffUser | Dossier):
        return None
    address = address_of(then if asked.of_then else now, asked.purpose)
    number = None
    if asked.purpose is not None:
        number = links_of(then).open.get(asked.purpose)
        if number is None or not links_of(now).works(asked.purpose, number):
            raise LinkOver
    if isinstance(now, StaffUser):
        return Holder(address, str(now.name), "", None, "fr", number)
    form = now.form_of_address
    return Holder(
        address,
        str(now.first_name),
        str(now.last_name),
        None if form is None or isinstance(form, Erased) else form.value,
        now.language.value,
        number,
    )


def link_to(store: Store, asked: Asked, who: Holder, until: datetime) -> str | None:
    """The token of the link in that mail, which lasts until then; None: it holds none."""
    if asked.purpose is None or who.number is None or who.address is None:
        return None
    links = AccessLinks(store.vault)
    address = links.address(who.address)
    return links.token(AccessLink(asked.person, asked.staff, asked.purpose, who.number, until, address))


def _clear(value: str | Erased | None) -> str | None:
    return value if isinstance(value, str) else None
