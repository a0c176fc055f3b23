"""A school behind a real socket, one for all tests of a file: each makes the objects it needs."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx2
import psycopg
import pytest
from psycopg import sql

from service.embedded import Servers
from tests.support.http import Door, served_here
from tests.support.write_side import School, school_on

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def shared_database(servers: Servers, shown_template: str) -> Iterator[str]:
    """URL of a database for this file's tests, its read models at position 0."""
    name = f"portail_http_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        names = {"name": sql.Identifier(name), "template": sql.Identifier(shown_template)}
        connection.execute(sql.SQL("create database {name} template {template}").format(**names))
        yield urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()
        connection.execute(sql.SQL("drop database {name} with (force)").format(**names))


@pytest.fixture(scope="module")
def school(shared_database: str) -> Iterator[School]:
    with school_on(shared_database) as made:
        yield made


@pytest.fixture(scope="module")
def door(school: School, shared_database: str) -> Iterator[Door]:
    with (
        served_here(shared_database, school.side) as address,
        httpx2.Client(base_url=address, timeout=30) as http,
    ):
        yield Door(school, http)
