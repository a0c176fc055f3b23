"""A client's data, as office prepares them and the client opens what came (T27)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Collection, Iterator
from uuid import UUID

import httpx2
import pytest

from aggregates.kernel import Role
from tests.processors.post import Post
from tests.support.desk import Page
from tests.support.http import Door, served_here


@pytest.fixture
def door(post: Post, database: str) -> Iterator[Door]:
    """The portal on the post office's own school."""
    with (
        served_here(database, post.school.side) as address,
        httpx2.Client(base_url=address, timeout=30) as http,
    ):
        yield Door(post.school, http)


def prepared(door: Door, client: UUID, *reviewed: str, shown: Collection[str] = ()) -> str:
    """The link's path, once office saw these words and ticked what was read."""
    path = f"/dossiers/{client}/donnees"
    page = Page(door, path, Role.OFFICE)
    for word in shown:
        assert word in page.text, word
    hidden = {name: page.hidden(name) for name in ("command_id", "csrf")}
    made = page.http.post(path, data={**hidden, "reviewed": list(reviewed)}, headers=page.headers)
    assert made.status_code == 200
    (address,) = {part.partition('"')[0] for part in made.text.split('href="https://portail.example.com')[1:]}
    return address


def unpacked(answer: httpx2.Response) -> dict[str, bytes]:
    """Each file of the ZIP by its name."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"].startswith("attachment")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as made:
        assert made.testzip() is None
        return {name: made.read(name) for name in made.namelist()}
