"""What every test may ask for: servers, and a fresh migrated database of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from psycopg import sql

from service.embedded import Servers
from tests.support.memory import quick_folder

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    """PostgreSQL (without fsync) and Valkey of this test process, or those the environment names.

    One cluster per process: work in another database of a cluster holds back its readers.
    """
    given = (os.environ.get("PORTAIL_DATABASE_URL") or None, os.environ.get("PORTAIL_REDIS_URL") or None)
    with (
        quick_folder() as data_dir,
        Servers(data_dir, database_url=given[0], redis_url=given[1], fsync=False) as running,
    ):
        yield running


@pytest.fixture(scope="session")
def template_database(servers: Servers) -> Iterator[str]:
    """Name of a migrated database that nobody is connected to, to clone from."""
    from schema.migrate import migrate

    name = f"portail_template_{os.getpid()}"
    _create(servers.database_url, name)
    migrate(_on(servers.database_url, name))
    yield name
    _drop(servers.database_url, name)


@pytest.fixture(scope="session")
def shown_template(servers: Servers, template_database: str) -> Iterator[str]:
    """Name of the same with all read models' tables: making them costs five times a copy of them."""
    from projections.runtime.builds import add_missing
    from projections.runtime.connection import connect
    from service.bootstrap import MODELS

    name = f"portail_shown_{os.getpid()}"
    _create(servers.database_url, name, template_database)
    with connect(_on(servers.database_url, name)) as line:
        add_missing(line, MODELS)
    yield name
    _drop(servers.database_url, name)


@pytest.fixture
def shown_database(servers: Servers, shown_template: str) -> Iterator[str]:
    """URL of a database for this test alone, its read models at position 0."""
    name = f"portail_test_{os.getpid()}_{next(_numbers)}"
    _create(servers.database_url, name, shown_template)
    yield _on(servers.database_url, name)
    _drop(servers.database_url, name)


@pytest.fixture
def database(servers: Servers, template_database: str) -> Iterator[str]:
    """URL of a migrated database for this test alone."""
    name = f"portail_test_{os.getpid()}_{next(_numbers)}"
    _create(servers.database_url, name, template_database)
    yield _on(servers.database_url, name)
    _drop(servers.database_url, name)


other_database = database
"""A second one in the same test."""


@pytest.fixture(scope="module")
def shared_database(servers: Servers, shown_template: str) -> Iterator[str]:
    """URL of a database for all tests of a file, its read models at position 0: each makes what it needs."""
    name = f"portail_file_{os.getpid()}_{next(_numbers)}"
    _create(servers.database_url, name, shown_template)
    yield _on(servers.database_url, name)
    _drop(servers.database_url, name)


@pytest.fixture
def empty_database(servers: Servers) -> Iterator[str]:
    """URL of a database without tables, for tests of the migrations themselves."""
    name = f"portail_test_{os.getpid()}_{next(_numbers)}"
    _create(servers.database_url, name)
    yield _on(servers.database_url, name)
    _drop(servers.database_url, name)


@pytest.fixture
def redis_url(servers: Servers) -> str:
    """URL of an emptied Redis database."""
    with redis.Redis.from_url(servers.redis_url) as client:
        client.flushdb()
    return servers.redis_url


@pytest.fixture
def data_dir() -> Iterator[Path]:
    """Folder for servers that the test starts itself."""
    with quick_folder() as folder:
        data = folder / "var"  # what lies around it is the test's too
        data.mkdir()
        yield data


def _create(server_url: str, name: str, template: str = "template1") -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template {} strategy file_copy").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))


def _on(server_url: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return urlsplit(server_url)._replace(path=f"/{name}").geturl()
