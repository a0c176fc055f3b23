"""Each part of the service works under a role of the database that may do no more than it needs."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import UUID

import psycopg
import pytest

from commands.clients.remove_dossier import RemoveDossier
from processors.runtime.erasing_stores import HELD_IN, NotVacuumedError, vacuum
from projections import roster
from projections.runtime.builds import add_missing
from projections.runtime.connection import LEADER, connect, end_holder, try_lock
from schema.database_roles import EVERYBODY, DatabaseRole, RolesMissingError, set_up, url_as
from schema.migrate import migrate
from tests.support.write_side import school_on

SERVICE, QUERIES, PROJECT, SEALER, ERASER = EVERYBODY
REFUSED: list[tuple[DatabaseRole, str]] = [
    (SERVICE, "update events set topic = 'x'"),
    (SERVICE, "delete from events"),
    (SERVICE, "truncate events"),
    (SERVICE, "delete from keys"),
    (SERVICE, "update keys set generation = 9"),
    (SERVICE, "update commands set answer = ''"),
    (SERVICE, "delete from access_trail"),
    (SERVICE, "insert into seals values (1, 1, '', '')"),
    (SERVICE, "insert into erasure_receipts select gen_random_uuid(), 'keys', 1, now()"),
    (SERVICE, "update read_models set position = 1"),
    (SERVICE, "create table mine (n int)"),
    (SERVICE, "alter table events disable trigger all"),
    (QUERIES, "insert into events select * from events"),
    (QUERIES, "delete from access_trail"),
    (QUERIES, "delete from accounts"),
    (QUERIES, "update outbox set state = 'sent'"),
    (QUERIES, "update keys set wrapped = null"),
    (PROJECT, "insert into events select * from events"),
    (PROJECT, "update events set topic = 'x'"),
    (PROJECT, "update keys set wrapped = null"),
    (PROJECT, "delete from outbox"),
    (PROJECT, "update accounts set roles = '{admin}'"),
    (PROJECT, "create table mine (n int)"),
    (SEALER, "delete from seals"),
    (SEALER, "update seals set head = ''"),
    (SEALER, "insert into events select * from events"),
    (SEALER, "update keys set wrapped = null"),
    (ERASER, "insert into events select * from events"),
    (ERASER, "delete from events"),
    (ERASER, "insert into keys select * from keys"),
    (ERASER, "update erasures set person = gen_random_uuid()"),
    (ERASER, "insert into accounts select * from accounts"),
    (ERASER, "delete from access_trail"),
]


@contextmanager
def as_(url: str, role: DatabaseRole) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(url_as(url, role), autocommit=True) as line:
        yield line


def is_refused(line: psycopg.Connection[Any], statement: str) -> bool:
    try:
        line.execute(cast("Any", statement))
    except psycopg.errors.InsufficientPrivilege:
        return True
    return False


def test_no_role_does_what_is_not_its_own(database: str) -> None:
    """The control: whoever made the tables may do each of them."""
    with school_on(database) as school:
        school.client()
    with connect(database) as reader:
        add_missing(reader, [roster.MODEL])
    for role in EVERYBODY:
        with as_(database, role) as line:
            assert line.execute("select current_user").fetchone() == (role,)
            passed = [text for r, text in REFUSED if r is role and not is_refused(line, text)]
            assert passed == [], role
            assert is_refused(line, "select pg_read_file('PG_VERSION')")
            assert is_refused(line, "delete from read.roster_registration") is (role is not PROJECT)
    with psycopg.connect(database) as owner:
        for _, text in REFUSED:
            # What is refused for another reason than the right to do it is allowed.
            with contextlib.suppress(psycopg.errors.IntegrityError), owner.transaction(force_rollback=True):
                owner.execute(cast("Any", text))


def test_the_service_destroys_a_key_and_writes_none_over_another(database: str) -> None:
    with school_on(database) as school:
        gone, kept = school.client(), school.client()
        school.send(RemoveDossier(client=gone))
    with as_(database, SERVICE) as line:
        keys = "select count(*), count(wrapped) from keys where person = %s"
        assert line.execute(keys, (gone,)).fetchone() == (2, 0)
        planted = "update keys set wrapped = %s where person = %s"
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="never replaced"):
            line.execute(planted, (b"another", kept))
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            line.execute(planted, (b"again", gone))
        assert line.execute(keys, (kept,)).fetchone() == (2, 2)


def test_what_the_reader_makes_is_read_by_all_and_vacuumed_by_the_log_in(database: str) -> None:
    with connect(database) as reader:
        add_missing(reader, [roster.MODEL])
        assert try_lock(reader, LEADER)
        with connect(database) as next_reader:
            assert end_holder(next_reader, LEADER)
    for role in EVERYBODY:
        with as_(database, role) as line:
            assert line.execute("select count(*) from read.roster_registration").fetchone() == (0,)
    with as_(database, SERVICE) as line, pytest.raises(NotVacuumedError):
        vacuum(line)
    with as_(database, ERASER) as line:
        if line.info.server_version >= 170_000:
            assert vacuum(line) > len(HELD_IN)
        line.execute("set role none")
        assert vacuum(line) > len(HELD_IN)


@pytest.fixture
def school_owner(servers: Any, empty_database: str) -> Iterator[tuple[str, psycopg.Connection[Any]]]:
    """A user that owns its database and is no superuser; its address, and the superuser's line."""
    name = f"portail_owner_{os.getpid()}"
    with psycopg.connect(empty_database, autocommit=True) as line:
        database = line.info.dbname
        line.execute(cast("Any", f"create role {name} login password 'x'"))
        line.execute(cast("Any", f"alter database {database} owner to {name}"))
        line.execute(cast("Any", f"alter schema public owner to {name}"))
        parts = urlsplit(empty_database)
        place = f"{parts.hostname}:{parts.port}"
        yield parts._replace(netloc=f"{name}:x@{place}").geturl(), line
        line.execute(cast("Any", f"alter database {database} owner to current_user"))
        line.execute(cast("Any", f"drop owned by {name} cascade"))
        line.execute(cast("Any", f"drop role {name}"))


def test_a_user_who_is_no_superuser_migrates_once_the_roles_are_given_to_it(
    school_owner: tuple[str, psycopg.Connection[Any]], database: str
) -> None:
    """The roles are there already: the test's other database made them."""
    url, superuser = school_owner
    owner = urlsplit(url).username
    with pytest.raises(RolesMissingError, match="create role … nologin"):
        migrate(url)
    superuser.execute(cast("Any", f"grant {', '.join(EVERYBODY)} to {owner}"))
    migrate(url)
    migrate(url)
    with connect(url) as reader:
        add_missing(reader, [roster.MODEL])
    with school_on(url) as school:
        client = school.client()
    with as_(url, SERVICE) as line:
        assert line.execute("select count(*) from events where person = %s", (client,)).fetchone() == (1,)
        assert is_refused(line, "delete from events")
    with as_(url, ERASER) as line:
        line.execute("set role none")
        assert vacuum(line) > len(HELD_IN)


def test_read_models_of_before_become_the_readers(database: str) -> None:
    """As an older release left them, or a dump restored by somebody else."""
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute("create schema rm_old_1_1")
        owner.execute("create table rm_old_1_1.person (client uuid primary key)")
        owner.execute("create view read.old_person as select * from rm_old_1_1.person")
        set_up(owner)
    with as_(database, PROJECT) as line:
        line.execute("insert into rm_old_1_1.person values (%s)", (UUID(int=1),))
        line.execute("drop view read.old_person")
        line.execute("drop schema rm_old_1_1 cascade")


def test_a_log_in_of_its_own_can_take_no_other_role(database: str) -> None:
    name = f"portail_web_{os.getpid()}"
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(cast("Any", f"create role {name} login password 'x'"))
        owner.execute(cast("Any", f"grant {SERVICE} to {name}"))
        try:
            parts = urlsplit(database)
            apart = parts._replace(netloc=f"{name}:x@{parts.hostname}:{parts.port}").geturl()
            with school_on(apart) as school:
                school.client()
            with as_(apart, SERVICE) as line:
                for role in ("portail_project", "portail_eraser", parts.username):
                    assert is_refused(line, f"set role {role}")
                line.execute("set role none")
                assert is_refused(line, "delete from events")
        finally:
            owner.execute(cast("Any", f"drop role {name}"))
