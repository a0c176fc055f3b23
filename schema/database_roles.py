"""Which role of the database each part of the service works under, and what each role may do."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo


class DatabaseRole(StrEnum):
    """A role without log-in, one in the whole cluster; the tables stay their maker's, who migrates."""

    SERVICE = "portail_service"
    """Commands, mails, payments: adds to the log, changes nothing in it."""
    QUERIES = "portail_queries"
    """Pages and queries: reads, and notes who read."""
    PROJECT = "portail_project"
    """The reader: owns the read models, reads the log."""
    SEALER = "portail_sealer"
    """Adds seals."""
    ERASER = "portail_eraser"
    """Forgets what an erasure has left, and writes no event."""


EVERYBODY = tuple(DatabaseRole)
ADDED_TO = frozenset(
    {
        "events",
        "commands",
        "access_trail",
        "seals",
        "access_seals",
        "migrations",
        "erasures",
        "erasure_receipts",
        "keys",
        "read_models",
        "read_model_skips",
        "reader",
    }
)
"""Tables in which the service changes no row, but for what GRANTS says; all others are its own."""
GRANTS: Mapping[DatabaseRole, Mapping[str, tuple[str, ...]]] = {
    DatabaseRole.SERVICE: {
        "insert": ("events", "commands", "access_trail", "keys", "erasures"),
        # A key goes with its erasure's event; a trigger lets it be destroyed only.
        "update (wrapped)": ("keys",),
    },
    DatabaseRole.QUERIES: {"insert": ("access_trail",)},
    DatabaseRole.PROJECT: {
        "insert, update": ("read_models",),
        "insert": ("read_model_skips",),
        "update": ("reader",),
    },
    DatabaseRole.SEALER: {"insert": ("seals", "access_seals")},
    DatabaseRole.ERASER: {
        "delete": ("accounts", "tokens", "returned_mails", "files", "file_parts", "farewells"),
        "update": ("outbox", "errands"),
        "insert": ("erasure_receipts",),
        "update (done_at)": ("erasures",),
    },
}
"""What each role may do beside reading every table."""


class RolesMissingError(Exception):
    """The roles are not there and can't be made by who migrates; the text says what to do."""

    def __init__(self) -> None:
        names = ", ".join(EVERYBODY)
        super().__init__(
            f"Rôles de base de données manquants ({names}) : donnez CREATEROLE à l’usager qui fait les"
            " migrations, ou créez-les (« create role … nologin ») et donnez-les-lui (« grant … to … »)."
            " / Database roles are missing: let the migrating user create roles, or make and grant them."
        )


def url_as(url: str, role: DatabaseRole) -> str:
    """The same log-in, which acts in that role from its first statement on."""
    return make_conninfo(url, options=options(url, f"role={role}"))


def options(url: str, *settings: str) -> str:
    """The options of that address and these settings beside."""
    given = str(conninfo_to_dict(url).get("options") or "")
    return " ".join([*filter(None, [given]), *(f"-c {setting}" for setting in settings)])


def set_up(connection: psycopg.Connection[Any]) -> None:
    """Make the roles and say what each may do; the same however often. Raises RolesMissingError.

    `connection` is in autocommit, of whoever made the tables.
    """
    try:
        for role in EVERYBODY:
            _make(connection, role)
            _belong(connection, role)
    except psycopg.errors.InsufficientPrivilege:
        raise RolesMissingError from None
    with connection.transaction():
        _grant(connection)
        _hand_over_read_models(connection)


def _make(connection: psycopg.Connection[Any], role: DatabaseRole) -> None:
    if connection.execute("select 1 from pg_roles where rolname = %s", (role,)).fetchone():
        return
    at_this_moment = (psycopg.errors.DuplicateObject, psycopg.errors.UniqueViolation)
    with contextlib.suppress(*at_this_moment):  # for another database of the cluster
        connection.execute(sql.SQL("create role {} nologin").format(sql.Identifier(role)))


def _belong(connection: psycopg.Connection[Any], role: DatabaseRole) -> None:
    """From PostgreSQL 16 on, whoever makes a role may give it away and not yet act in it."""
    kinds = ("USAGE", "SET") if connection.info.server_version >= 160_000 else ("USAGE",)
    for kind in kinds:
        if connection.execute("select pg_has_role(%s::name, %s::text)", (role, kind)).fetchone() != (True,):
            connection.execute(sql.SQL("grant {} to current_user").format(sql.Identifier(role)))
            return


def _grant(connection: psycopg.Connection[Any]) -> None:
    everybody = _names(EVERYBODY)
    tables = {
        name
        for (name,) in connection.execute(
            "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
        ).fetchall()
    }
    _run(connection, "revoke all on all tables in schema public from {}", everybody)
    _run(connection, "grant select on all tables in schema public to {}", everybody)
    _run(connection, "grant usage on schema public, read to {}", everybody)
    _run(connection, "grant select on all tables in schema read to {}", everybody)
    own = sorted(tables - ADDED_TO)
    service = _names([DatabaseRole.SERVICE])
    _run(connection, "grant insert, update, delete on {} to {}", _names(own), service)
    for role, rights in GRANTS.items():
        for right, wanted in rights.items():
            there = [name for name in wanted if name in tables]
            text = sql.SQL("grant {} on {} to {}")
            connection.execute(text.format(sql.SQL(right), _names(there), _names([role])))
    project = _names([DatabaseRole.PROJECT])
    _run(connection, "grant execute on function make_read_model_schema(text) to {}", project)
    _run(connection, "grant create on schema read to {}", project)
    _run(connection, "grant usage on sequence read_model_builds to {}", project)
    mine = "alter default privileges for role {}"
    _run(connection, f"{mine} grant select on tables to {{}}", project, everybody)
    _run(connection, f"{mine} grant usage on schemas to {{}}", project, everybody)
    if connection.info.server_version >= 170_000:
        eraser = _names([DatabaseRole.ERASER])
        _run(connection, "grant maintain on all tables in schema public to {}", eraser)
        _run(connection, f"{mine} grant maintain on tables to {{}}", project, eraser)


def _hand_over_read_models(connection: psycopg.Connection[Any]) -> None:
    """Those made before there were roles, or restored by somebody else, become the reader's."""
    project = sql.Identifier(DatabaseRole.PROJECT)
    schemas = connection.execute(
        "select nspname from pg_namespace where nspname ~ '^rm_' and nspowner <> %s::regrole",
        (DatabaseRole.PROJECT,),
    ).fetchall()
    relations = connection.execute(
        "select n.nspname, c.relname, c.relkind::text from pg_class c"
        " join pg_namespace n on n.oid = c.relnamespace"
        " where (n.nspname ~ '^rm_' or n.nspname = 'read') and c.relkind in ('r', 'v')"
        " and c.relowner <> %s::regrole",
        (DatabaseRole.PROJECT,),
    ).fetchall()
    for (name,) in schemas:
        schema = sql.Identifier(name)
        connection.execute(sql.SQL("alter schema {} owner to {}").format(schema, project))
        _run(connection, "grant usage on schema {} to {}", schema, _names(EVERYBODY))
    for schema, name, kind in relations:
        what, place = sql.SQL("table" if kind == "r" else "view"), sql.Identifier(schema, name)
        connection.execute(sql.SQL("alter {} {} owner to {}").format(what, place, project))
        _run(connection, "grant select on {} to {}", place, _names(EVERYBODY))
        if kind == "r" and connection.info.server_version >= 170_000:
            _run(connection, "grant maintain on {} to {}", place, _names([DatabaseRole.ERASER]))


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _run(connection: psycopg.Connection[Any], text: str, *names: sql.Composable) -> None:
    connection.execute(sql.SQL(text).format(*names))
