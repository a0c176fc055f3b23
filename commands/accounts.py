"""Who may log in follows from the state of the staff user's or client's stream, as claims do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import psycopg

from aggregates.catalogue.settings import Region
from aggregates.client.state import Dossier
from aggregates.kernel import Role
from aggregates.staff.events import (
    EverySessionEnded,
    StaffSecondFactorReset,
    StaffSessionsEnded,
    TokenRevoked,
)
from aggregates.staff.state import StaffUser
from commands.claims import same_email
from schema.keys import Vault
from schema.store import Change


@dataclass(frozen=True)
class Account:
    """What somebody logs in with, and as what."""

    email: str
    roles: frozenset[Role]
    confirmed: bool = True
    """False until a mail was read at the address of who signed up: nobody logs in (DOS-1)."""
    regions: frozenset[Region] = frozenset()
    """An organiser's, whose workshops are as their own (STF-1)."""


@dataclass(frozen=True)
class Chosen:
    """An account that gets a password."""

    user: UUID
    account: Account
    hashed: str


@dataclass(frozen=True)
class Moved:
    """An account that is no longer what it was; `now` is None where nobody logs in any more."""

    user: UUID
    now: Account | None


def account_of(state: Any) -> Account | None:
    """The account that a stream in this state allows, once its password is chosen."""
    match state:
        case StaffUser(email=str() as email, roles=roles, regions=regions):
            return Account(same_email(email), frozenset(roles), regions=frozenset(regions))
        case Dossier(email=str() as email):
            return Account(same_email(email), frozenset({Role.CLIENT}), state.access.confirmed)
        case _:
            return None


def moved(changes: Sequence[Change]) -> list[Moved]:
    """The accounts that these changes close, or give another address, other roles or regions."""
    found = []
    for change in changes:
        before = account_of(change.loaded.state)
        if before is not None:
            now = account_of(change.after)
            if now != before:
                found.append(Moved(change.loaded.id, now))
    return found


def chosen(changes: Sequence[Change], passwords: Mapping[UUID, str]) -> list[Chosen]:
    """The accounts among these changes that get a password, as they are afterwards."""
    found = []
    for change in changes:
        hashed, now = passwords.get(change.loaded.id), account_of(change.after)
        if hashed is not None and now is not None:
            found.append(Chosen(change.loaded.id, now, hashed))
    return found


@dataclass(frozen=True)
class NewToken:
    """A machine's token to be kept with the fact that it was issued."""

    id: UUID
    hashed: bytes
    owner: UUID
    role: Role
    label: str
    until: datetime


Ending = StaffSecondFactorReset | StaffSessionsEnded | EverySessionEnded | TokenRevoked


def ended(changes: Sequence[Change]) -> list[tuple[UUID, Ending]]:
    """What ends log-ins without changing who may log in, and in whose stream."""
    return [(c.loaded.id, fact) for c in changes for fact in c.facts if isinstance(fact, Ending)]


def end(connection: psycopg.Connection[Any], endings: Sequence[tuple[UUID, Ending]]) -> None:
    """Carry it into the tables of log-in."""
    for user, fact in endings:
        match fact:
            case StaffSecondFactorReset():
                connection.execute(
                    "update accounts set totp_wrapped = null, totp_wanted = null where user_id = %s", (user,)
                )
                connection.execute("delete from sessions where user_id = %s", (user,))
            case StaffSessionsEnded():
                connection.execute("delete from sessions where user_id = %s", (user,))
            case EverySessionEnded():
                connection.execute("delete from sessions")
            case TokenRevoked():
                connection.execute("delete from tokens where id = %s", (fact.token,))


def keep_tokens(
    connection: psycopg.Connection[Any], tokens: Sequence[NewToken], by: UUID | None, now: datetime
) -> None:
    """Let the machines in."""
    for token in tokens:
        connection.execute(
            "insert into tokens (id, token_hash, user_id, roles, label, expires_at, issued_at, issued_by)"
            " values (%s, %s, %s, %s, %s, %s, %s, %s)",
            (token.id, token.hashed, token.owner, [token.role.value], token.label, token.until, now, by),
        )


@dataclass(frozen=True)
class LogIns:
    """What an act changes in the tables of log-in."""

    moved: Sequence[Moved]
    chosen: Sequence[Chosen]
    endings: Sequence[tuple[UUID, Ending]]
    tokens: Sequence[NewToken]

    def __bool__(self) -> bool:
        return bool(self.moved or self.chosen or self.endings or self.tokens)

    def carry_out(
        self, connection: psycopg.Connection[Any], vault: Vault, *, by: UUID | None, now: datetime
    ) -> None:
        """In the transaction of the facts."""
        settle(connection, self.moved, vault)
        keep_passwords(connection, self.chosen, vault)
        end(connection, self.endings)
        keep_tokens(connection, self.tokens, by, now)


def log_ins(changes: Sequence[Change], passwords: Mapping[UUID, str], tokens: Sequence[NewToken]) -> LogIns:
    """What these changes, and what the act keeps beside its facts, come to."""
    return LogIns(moved(changes), chosen(changes, passwords), ended(changes), tokens)


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
        regions = [region.value for region in now.regions]
        connection.execute(
            "update accounts set email_hash = %s, roles = %s, regions = %s, confirmed = %s"
            " where user_id = %s",
            (vault.keyed_hash("account", now.email), roles, regions, now.confirmed, user),
        )
        connection.execute("delete from sessions where user_id = %s", (user,))
        connection.execute("delete from tokens where user_id = %s and not roles <@ %s::text[]", (user, roles))


def keep_passwords(connection: psycopg.Connection[Any], accounts: Sequence[Chosen], vault: Vault) -> None:
    """Open the accounts, or give them another password: every session ends (DOS-7)."""
    for chosen_now in accounts:
        account = chosen_now.account
        connection.execute(
            "insert into accounts (user_id, email_hash, password_hash, roles, regions, confirmed)"
            " values (%s, %s, %s, %s, %s, %s) on conflict (user_id) do update set"
            " password_hash = excluded.password_hash, confirmed = excluded.confirmed",
            (
                chosen_now.user,
                vault.keyed_hash("account", account.email),
                chosen_now.hashed,
                [role.value for role in account.roles],
                [region.value for region in account.regions],
                account.confirmed,
            ),
        )
        connection.execute("delete from sessions where user_id = %s", (chosen_now.user,))
