"""Files that mails link to: one client's end with the dossier, all with their last link (DOS-11, DOS-15)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap

from aggregates.audience.conditions import InCountry
from aggregates.audience.found import fingerprint
from aggregates.kernel import Role
from commands.clients.choose_preferences import ChoosePreferences
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.write_to_client import WriteToClient
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.compose_mailing import Audience, ComposeMailing
from processors.runtime.links import FILE_DAYS
from schema.files import Files
from service.forgetting import forget_once
from tests.processors.post import Post
from tests.support.write_side import OFFICE, VAULT, principal

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LAST = timedelta(days=FILE_DAYS)
PDF = b"%PDF-1.7\n" + b"le dossier de la personne " * 50
pytestmark = pytest.mark.rule("DOS-15")


@pytest.fixture(autouse=True)
def _now(post: Post) -> None:
    post.school.now(NOW)
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))


@pytest.fixture
def files(post: Post) -> Files:
    return Files(post.school.side.pool, VAULT)


def uploaded(post: Post, files: Files) -> UUID:
    file, owner = uuid4(), OFFICE.user
    assert owner is not None
    at = post.school.side.clock()
    files.keep(file, PDF, name="Bilan.pdf", media="application/pdf", owner=owner, at=at)
    return file


def written(post: Post, client: UUID, file: UUID) -> None:
    wish = WriteToClient(client=client, subject="Votre bilan", text="{cher}", attachments=(file,))
    post.school.send(wish)
    post.react_and_deliver()
    assert "Bilan.pdf" in post.sink.mails[-1].as_string()


def composed(post: Post, client: UUID, file: UUID, leaves_at: datetime) -> UUID:
    answer = ChoosePreferences(client=client, telephone=False, post=False, email=True, wording="1")
    post.school.send(answer, principal(Role.CLIENT, user=client))
    post.react()
    everybody = Audience(query=InCountry(kind="country", country="CA"), reviewed=fingerprint([client]))
    wish = ComposeMailing(
        subject="Dates", text="{cher}", audience=everybody, attachments=(file,), leaves_at=leaves_at
    )
    return post.school.send(wish).made["mailing"]


def kept(post: Post) -> set[UUID]:
    rows = post.connection.execute("select id from files").fetchall()
    parts = post.connection.execute("select distinct file from file_parts").fetchall()
    assert set(rows) == set(parts)
    return {row[0] for row in rows}


def forget(post: Post, at: datetime) -> None:
    post.school.now(at)
    post.catch_up()
    forget_once(post.school.side)


@pytest.mark.rule("DOS-11")
def test_what_was_sent_to_one_client_is_erased_with_the_dossier(post: Post, files: Files) -> None:
    erased, other = post.school.client(), post.school.client()
    gone, stays, of_many = (uploaded(post, files) for _ in range(3))
    written(post, erased, gone)
    written(post, other, stays)
    assert files.content(gone) == PDF, "the control"
    post.school.cancelled(erased, post.school.registration(erased, post.school.activity()))
    post.school.send(RemoveDossier(client=erased))
    assert files.content(gone) is None, "at once, before anything is deleted"
    assert files.heads([gone]) == {}
    wrapped = post.connection.execute("select wrapped_key from files where id = %s", (gone,)).fetchone()
    assert wrapped is not None
    with pytest.raises(InvalidUnwrap):
        VAULT.unwrap(wrapped[0])
    forget(post, NOW + timedelta(days=1))
    assert kept(post) == {stays, of_many}
    assert (files.content(stays), files.content(of_many)) == (PDF, PDF)
    assert files.heads([stays])[stays].name == "Bilan.pdf"


def test_a_file_is_forgotten_with_its_last_link(post: Post, files: Files) -> None:
    client, file, never_linked = post.school.client(), uploaded(post, files), uploaded(post, files)
    written(post, client, file)
    post.school.now(NOW + timedelta(days=10))
    written(post, client, file)
    forget(post, NOW + LAST + timedelta(hours=1))
    assert kept(post) == {file, never_linked}, "the whole last day"
    forget(post, NOW + LAST + timedelta(days=2))
    assert kept(post) == {file}
    forget(post, NOW + LAST + timedelta(days=10, hours=1))
    assert kept(post) == {file}
    forget(post, NOW + LAST + timedelta(days=12))
    assert kept(post) == set()


@pytest.mark.parametrize("cancelled", [False, True])
def test_a_mailing_that_has_not_left_keeps_its_files(post: Post, files: Files, cancelled: bool) -> None:
    client, file = post.school.client(), uploaded(post, files)
    leaves_at = NOW + LAST + timedelta(days=20)
    mailing = composed(post, client, file, leaves_at)
    if cancelled:
        post.school.send(CancelMailing(mailing=mailing))
    forget(post, leaves_at)
    assert kept(post) == (set() if cancelled else {file})
    if not cancelled:
        assert post.round() == 1
        assert "Bilan.pdf" in post.sink.mails[-1].as_string()
        forget(post, leaves_at + LAST)
        assert kept(post) == {file}
        forget(post, leaves_at + LAST + timedelta(days=2))
        assert kept(post) == set()
