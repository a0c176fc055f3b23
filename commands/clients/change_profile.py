"""Change a client's name, address or language (DOS-19)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, ClassVar
from uuid import UUID

from pydantic import EmailStr, Field

from aggregates.client.decisions import Identification
from aggregates.client.events import FormOfAddress, Language
from aggregates.client.policies import active
from aggregates.client.profile.decisions import change_profile
from aggregates.client.state import CLIENT, Client
from aggregates.kernel import Role
from commands.access import Scope, anyone
from commands.identifying import email_owner, namesake
from commands.message import Act, Command, Country, Name
from commands.seen_version import merged, parts
from schema.store import Change

_STAFF = (Role.ORGANISER, Role.OFFICE, Role.ACCOUNTING)
_BY_STAFF_ALONE = ("last_name", "first_name", "email")
_FIELDS = tuple(field.name for field in fields(Identification))


class ChangeProfile(Command):
    """Overwrite what differs from the profile seen at `seen_version`; invoices keep what they say.

    `namesake_reason` lets staff go on when names and postal code match another dossier. Clients change
    their own address, telephone, country, language and form of address, not names and e-mail.

    Refused: no_such_dossier, dossier_not_active, changed_meanwhile, email_taken, already_client.
    """

    ALLOWED: ClassVar[Mapping[Role, Scope]] = anyone(*_STAFF) | {Role.CLIENT: Scope.OWN_FILE}
    RULES: ClassVar[tuple[str, ...]] = ("DOS-19", "DOS-4", "CAT-2")

    client: UUID
    seen_version: int = Field(ge=1)
    last_name: Name
    first_name: Name
    form_of_address: FormOfAddress | None
    email: EmailStr | None
    telephone: Name | None
    street: Name | None
    postal_code: Name | None
    city: Name | None
    country: Country
    language: Language
    namesake_reason: Name | None = None


def handle(command: ChangeProfile, act: Act) -> list[Change]:
    client = act.load(CLIENT.at(command.client))
    current = parts(active(client.state), _FIELDS)
    seen = _seen(client.as_of(command.seen_version))
    values = merged(seen, current, parts(command, _FIELDS))
    if any(values[name] != current[name] for name in _BY_STAFF_ALONE):
        act.need(*_STAFF)
    who = Identification(**values)
    changed = change_profile(
        client.state,
        who,
        email_owner=email_owner(act, who),
        namesake=namesake(act, who),
        namesake_reason=command.namesake_reason,
        by_staff=act.by_staff,
    )
    return [Change(client, changed)]


def _seen(client: Client) -> dict[str, Any]:
    """A dossier seen while it was deactivated showed its name and postal code alone."""
    return {name: getattr(client, name, None) for name in _FIELDS}
