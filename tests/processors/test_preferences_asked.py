"""Who is reached through somebody close is asked for the preferences by their own link (DOS-6)."""

from __future__ import annotations

import pytest

from commands.clients.record_contact_address import RecordContactAddress
from processors.runtime.links import Links
from tests.processors.post import Post
from tests.processors.test_registration_confirmation import words_of
from tests.support.write_side import VAULT


@pytest.mark.rule("DOS-6")
def test_the_relatives_address_gets_the_link_which_is_that_persons(post: Post) -> None:
    mother, daughter = (post.school.client(email=None, first_name=name) for name in ("Rose", "Léa"))
    for person in (mother, daughter):
        post.school.send(RecordContactAddress(client=person, email="zoe@example.com", via="sa nièce Zoé"))
    post.react_and_deliver()
    assert [mail["To"] for mail in post.sink.mails] == ["zoe@example.com"] * 2
    links = Links(VAULT, "https://portail.example.com")
    for mail, person, name in zip(post.sink.mails, (mother, daughter), ("Rose", "Léa"), strict=True):
        text = words_of(mail)
        assert mail["Subject"].replace("\xa0", " ") == f"Pouvons-nous écrire à {name} ?"
        assert links.preferences(person) in text
    post.school.send(RecordContactAddress(client=mother, email="zoe@example.com", via="sa nièce Zoé"))
    post.react_and_deliver()
    assert len(post.sink.mails) == 2, "the same address again asks nothing again"
