"""Documents of a small school, made once for all tests of a file."""

from __future__ import annotations

import io
import itertools
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import psycopg
import pypdf
import pytest
from psycopg import sql

from processors.documents.press import Paper, pressed
from service.bootstrap import MODELS
from service.embedded import Servers
from tests.documents.samples import papers
from tests.documents.story import Told, tell
from tests.support.projecting import Projecting, projecting
from tests.support.write_side import school_on

_numbers = itertools.count(1)


def text_of(made: bytes) -> str:
    """What a reader finds in a PDF, pages apart by a form feed, all spaces as one."""
    pages = pypdf.PdfReader(io.BytesIO(made)).pages
    return "\f".join(" ".join(page.extract_text().split()) for page in pages)


@dataclass(frozen=True)
class Printed:
    """What happened, and every document of it."""

    told: Told
    models: Projecting
    papers: Mapping[str, Paper]

    def text(self, name: str) -> str:
        return text_of(pressed(self.papers[name]))


@pytest.fixture(scope="module")
def printed(servers: Servers, template_database: str) -> Iterator[Printed]:
    name = f"portail_papers_{os.getpid()}_{next(_numbers)}"
    names = {"name": sql.Identifier(name), "template": sql.Identifier(template_database)}
    url = urlsplit(servers.database_url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {name} template {template}").format(**names))
        with projecting(url, MODELS) as models, school_on(url) as school:
            told = tell(school)
            yield Printed(told, models, papers(told, models))
        connection.execute(sql.SQL("drop database {name} with (force)").format(**names))
