"""Mails that let somebody in: who gets them, what the link is good for, that nobody else reads it (DOS-3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aggregates.client.events import Language
from aggregates.client.state import CLIENT
from aggregates.kernel import Role
from aggregates.links import LinkOver, LinkPurpose
from aggregates.staff.state import STAFF
from commands.access import SYSTEM
from commands.access_links import AccessLink, AccessLinks
from commands.clients.invite_client import InviteClient
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.restore_dossier import RestoreDossier
from commands.entering.ask_email_change import AskEmailChange
from commands.entering.ask_link import AskLink
from commands.entering.choose_password import ChoosePassword
from commands.entering.confirm_email_change import ConfirmEmailChange
from commands.imports.import_client import ImportClient
from commands.staff.add_staff import AddStaff
from commands.staff.invite_staff import InviteStaff
from projections.runtime.rebuild import rebuild
from service.bootstrap import MODELS
from tests.processors.post import Post
from tests.support.write_side import ADMIN, VAULT

LINK = re.compile(r"https://portail\.example\.com/acces/([\w-]+)")
EMAIL = "eloise@example.com"


def texts(post: Post) -> list[str]:
    return [str(m.get_body(("plain",)).get_content()) for m in post.sink.mails]  # type: ignore[union-attr]


def link_in(text: str) -> AccessLink:
    """The link of a mail, which this installation made."""
    [token] = set(LINK.findall(text))
    found = AccessLinks(VAULT).read(token)
    assert found is not None
    return found


def password(post: Post, link: AccessLink) -> None:
    post.school.send(
        ChoosePassword(
            person=link.person,
            staff=link.staff,
            purpose=link.purpose,
            number=link.number,
            hashed="$argon2id$of a test",  # type: ignore[arg-type]
        ),
        SYSTEM,
    )


def sent(post: Post) -> list[tuple[str, str]]:
    """Template and recipient's address of each mail that left."""
    templates = [template for template, state, _ in post.outbox() if state == "sent"]
    return list(zip(templates, (m["To"] for m in post.sink.mails), strict=True))


@pytest.mark.rule("DOS-2", "COM-12")
def test_staff_open_a_dossier_and_its_client_gets_the_way_in(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL, first_name="Éloïse")
    whole_post.react_and_deliver()
    [text] = texts(whole_post)
    link = link_in(text)
    assert (link.person, link.staff, link.purpose) == (client, False, LinkPurpose.ACTIVATION)
    assert timedelta(days=13, hours=23) < link.until - datetime.now(UTC) < timedelta(days=14, minutes=1)
    assert "Éloïse" in text
    assert "/preferences" in text
    password(whole_post, link)
    with pytest.raises(LinkOver):
        password(whole_post, link)


@pytest.mark.rule("DOS-3")
def test_a_newer_invitation_ends_the_older_link_and_the_address_ends_all(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL)
    for added in (True, False):
        whole_post.react_and_deliver()
        whole_post.school.send(InviteClient(client=client, added=added))
    whole_post.react_and_deliver()
    first, second, third = [link_in(text) for text in texts(whole_post)]
    assert [t for t, _ in sent(whole_post)] == ["created_by_staff", "added_manually", "portal_invitation"]
    for older in (first, second):
        with pytest.raises(LinkOver):
            password(whole_post, older)
    whole_post.correct_address(client, "autre@example.com")
    with pytest.raises(LinkOver):
        password(whole_post, third)


@pytest.mark.rule("DOS-3")
def test_a_link_that_was_replaced_before_its_mail_left_is_not_sent(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL)
    whole_post.school.send(InviteClient(client=client))
    whole_post.react_and_deliver()
    assert [row[:2] for row in whole_post.outbox()] == [
        ("created_by_staff", "dropped"),
        ("portal_invitation", "sent"),
    ]


@pytest.mark.rule("DOS-3", "DOS-7")
def test_what_is_kept_of_the_mail_lets_nobody_in(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL)
    whole_post.react_and_deliver()
    [token] = set(LINK.findall(texts(whole_post)[0]))
    kept = _kept(whole_post, client)
    assert token not in kept
    assert "[lien personnel, non conservé]" in kept, "the control: this is the mail"
    rows = whole_post.connection.execute(
        "select o::text from outbox o union all select e.state::text from events e"
    ).fetchall()
    assert token not in str(rows)


def _kept(post: Post, client: UUID) -> str:
    """The text under the client's contact key, as a reader of the log of mails sees it."""
    store = post.school.side.store
    row = post.connection.execute("select id, sealed from outbox").fetchone()
    assert row is not None
    generation, wrapped = store.log.newest_keys([client])[client, "contact"]
    assert generation == 1
    assert wrapped is not None
    clear = AESGCM(store.vault.unwrap(wrapped)).decrypt(row[1][1:13], row[1][13:], b"outbox" + row[0].bytes)
    return clear.decode()


@pytest.mark.rule("DOS-7")
@pytest.mark.parametrize("staff", [False, True])
def test_a_forgotten_password_gets_an_hour(whole_post: Post, staff: bool) -> None:
    if staff:
        wish = AddStaff(name="Aimée Côté", email=EMAIL, roles=(Role.OFFICE,))
        person = whole_post.school.send(wish, ADMIN).made["staff"]
    else:
        person = whole_post.school.client(email=EMAIL)
    whole_post.react_and_deliver()
    whole_post.school.send(AskLink(person=person, staff=staff, purpose=LinkPurpose.PASSWORD), SYSTEM)
    whole_post.react_and_deliver()
    link = link_in(texts(whole_post)[-1])
    assert (link.staff, link.purpose) == (staff, LinkPurpose.PASSWORD)
    assert timedelta(minutes=58) < link.until - datetime.now(UTC) < timedelta(minutes=61)
    password(whole_post, link)
    with pytest.raises(LinkOver):
        password(whole_post, link_in(texts(whole_post)[0]))


@pytest.mark.rule("STF-1")
def test_staff_are_invited_and_again(whole_post: Post) -> None:
    wish = AddStaff(name="Aimée Côté", email=EMAIL, roles=(Role.OFFICE,))
    staff = whole_post.school.send(wish, ADMIN).made["staff"]
    whole_post.react_and_deliver()
    whole_post.school.send(InviteStaff(staff=staff), ADMIN)
    whole_post.react_and_deliver()
    assert sent(whole_post) == [("staff_invitation", EMAIL)] * 2
    older, newer = [link_in(text) for text in texts(whole_post)]
    with pytest.raises(LinkOver):
        password(whole_post, older)
    password(whole_post, newer)
    assert whole_post.school.state(STAFF.at(staff)).links.open == {}  # type: ignore[union-attr]


@pytest.mark.rule("DOS-19")
def test_a_new_address_gets_a_link_and_the_old_one_a_word(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL)
    whole_post.react_and_deliver()
    whole_post.school.send(AskEmailChange(client=client, email="neuve@example.com"), SYSTEM)
    whole_post.react()
    number = whole_post.school.state(CLIENT.at(client)).access.links.open[LinkPurpose.EMAIL_CHANGE]  # type: ignore[union-attr]
    assert whole_post.school.state(CLIENT.at(client)).email == EMAIL, "not before it is confirmed"  # type: ignore[union-attr]
    whole_post.deliver()
    told = dict(sent(whole_post)[1:])
    assert told == {"email_change": "neuve@example.com", "email_change_told": EMAIL}
    whole_post.school.send(ConfirmEmailChange(client=client, number=number), SYSTEM)
    assert whole_post.school.state(CLIENT.at(client)).email == "neuve@example.com"  # type: ignore[union-attr]
    with pytest.raises(LinkOver):
        whole_post.school.send(ConfirmEmailChange(client=client, number=number), SYSTEM)


@pytest.mark.rule("DOS-19")
def test_the_old_address_is_told_though_the_change_was_quicker(whole_post: Post) -> None:
    client = whole_post.school.client(email=EMAIL)
    whole_post.react_and_deliver()
    whole_post.school.send(AskEmailChange(client=client, email="neuve@example.com"), SYSTEM)
    number = whole_post.school.state(CLIENT.at(client)).access.links.open[LinkPurpose.EMAIL_CHANGE]  # type: ignore[union-attr]
    whole_post.school.send(ConfirmEmailChange(client=client, number=number), SYSTEM)
    whole_post.react_and_deliver()
    assert sent(whole_post)[1:] == [("email_change_told", EMAIL)]


@pytest.mark.rule("DOS-9", "COM-12")
def test_a_restored_dossier_gets_a_way_in_and_a_removed_one_loses_it(whole_post: Post) -> None:
    school = whole_post.school
    client, activity = school.client(email=EMAIL, language=Language.EN), school.activity()
    registration = school.registration(client, activity)
    school.cancelled(client, registration)
    whole_post.react_and_deliver()
    before = link_in(texts(whole_post)[0])
    school.send(RemoveDossier(client=client))
    school.send(RestoreDossier(client=client, email=EMAIL, country="CA"))
    whole_post.react_and_deliver()
    [text] = [text for text in texts(whole_post) if "We had kept your name" in text]
    with pytest.raises(LinkOver):
        password(whole_post, before)
    password(whole_post, link_in(text))


@pytest.mark.rule("IMP-1", "COM-3")
def test_imports_rebuilds_and_replays_send_nothing(whole_post: Post) -> None:
    school = whole_post.school
    values: dict[str, Any] = {"source": "ancien", "key": "1", "last_name": "Roy", "first_name": "Léa"}
    school.send(ImportClient(**values, country="CA", email="lea@example.com"), SYSTEM)
    school.client(email=EMAIL)
    whole_post.react_and_deliver()
    assert sent(whole_post) == [("created_by_staff", EMAIL)]
    whole_post.connection.execute("update processors set position = 0")
    assert rebuild(whole_post.url, school.side.store, MODELS) == {}
    whole_post.react_and_deliver()
    assert len(whole_post.sink.mails) == 1


@pytest.mark.rule("DOS-3")
def test_a_token_is_bound_to_all_that_it_says() -> None:
    links = AccessLinks(VAULT)
    link = AccessLink(
        uuid4(), True, LinkPurpose.INVITATION, 7, datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC), b"12345678"
    )
    token = links.token(link)
    assert links.read(token) == link
    for n in range(len(token)):
        other = token[:n] + ("A" if token[n] != "A" else "B") + token[n + 1 :]
        found = links.read(other)
        assert found is None or found == link, "the last letter holds bits that say nothing"
    assert links.read("") is None
    assert links.read("é") is None
