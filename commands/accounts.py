"""Who may log in follows from the state of the staff user's or client's stream, as claims do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from aggregates.client.state import Dossier
from aggregates.kernel import Role
from aggregates.staff.state import StaffUser
from commands.claims import same_email
from schema.keys import Vault
from schema.store import Change


@dataclass(frozen=True)
class Account:
    """What somebody logs in with, and as what."""

    email: str
    roles: frozenset[Role]


@dataclass(frozen=True)
class Moved:
    """An account that is no longer what it was; `now` is None where nobody logs in any more."""

    user: UUID
    now: Account | None


def account_of(state: Any) -> Account | None:
    """The account that a stream in this state allows, once its password is chosen."""
    match state:
        case StaffUser(email=str() as email, roles=roles):
            return Account(same_email(email), frozenset(roles))
        case Dossier(email=str() as email):
            return Account(same_email(email), frozenset({Role.CLIENT}))
        case _:
            return None


def moved(changes: Sequence[Change]) -> list[Moved]:
    """The accounts that these changes close, or give another address or other roles."""
    found = []
    for change in changes:
        before = account_of(change.loaded.state)
        if before is not None:
            now = account_of(change.after)
            if now != before:
                found.append(Moved(change.loaded.id, now))
    return found


def settle(connection: psycopg.Connection[Any], accounts: Sequence[Moved], vault: Vault) -> None:
    """Carry it into the tables of log-in; whoever is logged in under what was comes to the door again.

    The account first: a log-in going on at this moment waits for it, and finds it changed.
    """
    for account in accounts:
        user, now = account.user, account.now
        if now is None:
            connection.execute("delete from accounts where user_id = %s", (user,))
            connection.execute("delete from tokens where user_id = %s", (user,))
            continue
        roles = [role.value for role in now.roles]
        connection.execute(
            "update accounts set email_hash = %s, roles = %s where user_id = %s",
            (vault.keyed_hash("account", now.email), roles, user),
        )
        connection.execute("delete from sessions where user_id = %s", (user,))
        connection.execute("delete from tokens where user_id = %s and not roles <@ %s::text[]", (user, roles))
