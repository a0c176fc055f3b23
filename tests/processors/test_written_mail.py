"""One e-mail from a dossier, and what people try on themselves (COM-4, COM-5, COM-6)."""

from __future__ import annotations

from typing import Any

import pytest

from aggregates.client.events import Language
from aggregates.kernel import Role
from aggregates.mailing.events import TemplateKey
from aggregates.mailing.refusals import NoSuchFile, UnknownPlaceholder, WordsInCapitals
from commands.access import ForbiddenError
from commands.clients.write_to_client import WriteToClient
from commands.mailing.try_mailing import TryMailing
from commands.mailing.try_template import TryTemplate
from tests.processors.post import Post
from tests.processors.test_mailing_rounds import text_of
from tests.support.write_side import ACCOUNTING, ADMIN, OFFICE, principal


@pytest.fixture(autouse=True)
def _staff(post: Post) -> None:
    post.school.employ(OFFICE.user, roles=(Role.OFFICE,))
    post.school.employ(ADMIN.user, roles=(Role.ADMIN,))


@pytest.mark.rule("COM-5")
def test_it_reaches_the_client_without_consent_and_answers_come_to_who_wrote(post: Post) -> None:
    client = post.school.client(email="eloise@example.com")
    post.school.send(
        WriteToClient(client=client, subject="Votre {nom_client}", text="{cher} {prenom_client},\n\nmerci.")
    )
    post.react_and_deliver()
    (mail,) = post.sink.mails
    assert mail["To"] == "eloise@example.com"
    assert mail["Reply-To"] == f"{OFFICE.user}@example.com"
    assert mail["List-Unsubscribe"] is None
    assert text_of(mail).startswith("Bonjour Éloïse,\n\nmerci.")
    assert post.outbox() == [("written", "sent", None)]


@pytest.mark.rule("COM-5")
def test_what_can_not_be_filled_or_linked_is_refused(post: Post) -> None:
    client = post.school.client()
    wish: dict[str, Any] = {"client": client, "subject": "Bonjour", "text": "merci"}
    with pytest.raises(UnknownPlaceholder):
        post.school.send(WriteToClient(**wish | {"text": "{solde}"}))
    with pytest.raises(NoSuchFile):
        post.school.send(WriteToClient(**wish, attachments=(client,)))
    with pytest.raises(ForbiddenError):
        post.school.send(WriteToClient(**wish), principal(Role.CLIENT, user=client))


@pytest.mark.rule("COM-6")
def test_a_draft_comes_to_its_author_alone_and_counts_nowhere(post: Post) -> None:
    client = post.school.client(email="eloise@example.com")
    post.school.send(TryMailing(client=client, subject="Dates", text="{cher} {prenom_client}"))
    post.react_and_deliver()
    assert post.sink.recipients == [[f"{OFFICE.user}@example.com"]]
    assert post.sink.mails[0]["Subject"] == "[Essai] Dates"
    assert "Bonjour Éloïse" in text_of(post.sink.mails[0])
    assert post.connection.execute("select mailing from outbox").fetchall() == [(None,)]
    with pytest.raises(WordsInCapitals):
        post.school.send(TryMailing(client=client, subject="DATES", text="{cher}"))


@pytest.mark.rule("COM-4")
def test_a_wording_is_tried_with_a_real_client_before_it_is_saved(post: Post) -> None:
    client = post.school.client(email="eloise@example.com")
    activity = post.school.activity()
    post.school.registration(client, activity)
    wish: dict[str, Any] = {"key": TemplateKey.REMINDER, "language": Language.FR, "client": client}
    post.school.send(TryTemplate(**wish, subject="Bientôt {activite}", body="{prix}, {lieu}."), ADMIN)
    post.react()
    post.deliver()
    tried = [mail for mail in post.sink.mails if mail["Subject"] == "[Essai] Bientôt Écoute de soi"]
    assert [mail["To"] for mail in tried] == [f"{ADMIN.user}@example.com"]
    assert "375,00" in text_of(tried[0])
    with pytest.raises(UnknownPlaceholder):
        post.school.send(TryTemplate(**wish, subject="Bientôt", body="{nimporte}"), ADMIN)
    with pytest.raises(ForbiddenError):
        post.school.send(TryTemplate(**wish, subject="Bientôt", body="{prix}"), ACCOUNTING)
