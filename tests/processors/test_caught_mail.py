"""The embedded catcher: on loopback, each mail whole on disk before the yes (COM-1)."""

from __future__ import annotations

import smtplib
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from processors.runtime import caught_mail
from service.mailbox import mailbox
from tests.processors.post import Post
from tests.support.mail_server import free_port

AT = datetime(2026, 11, 24, 15, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mails"


@pytest.fixture
def port(folder: Path) -> Iterator[int]:
    """The catcher's port."""
    number = free_port()
    catcher = mailbox(folder, number)
    catcher.start()
    yield number
    catcher.stop()


def a_mail(subject: str = "Votre inscription : Écoute de soi") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"] = "ecole@example.com", "lea@example.com"
    message["Subject"] = subject
    message.set_content("Chère Léa,\n\n.\n\nÀ bientôt.\n")
    message.add_alternative("<p>Chère Léa</p>", subtype="html")
    message.add_attachment(b"BEGIN:VCALENDAR", maintype="text", subtype="calendar", filename="atelier.ics")
    return message


def test_what_was_acknowledged_lies_whole_on_disk(port: int, folder: Path) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        smtp.send_message(a_mail())
        (id_,) = caught_mail.ids(folder)
        found = caught_mail.read(folder, id_)
    assert found is not None
    assert found.header("Subject") == "Votre inscription : Écoute de soi"
    assert found.header("Reply-To") == ""
    assert found.text == "Chère Léa,\n\n.\n\nÀ bientôt.\n"
    assert found.attachments == ["atelier.ics"]
    assert abs(datetime.now(UTC) - found.at) < timedelta(minutes=1)
    assert [path.suffix for path in folder.iterdir()] == [".eml"], "nothing unfinished is left"


def test_it_listens_on_this_machine_alone(folder: Path) -> None:
    catcher: Any = mailbox(folder, free_port())
    catcher.start()
    try:
        assert [listening.getsockname()[0] for listening in catcher.server.sockets] == ["127.0.0.1"]
    finally:
        catcher.stop()


def test_only_the_owner_may_look_into_the_folder(folder: Path) -> None:
    caught_mail.keep(folder, a_mail().as_bytes(), AT)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_the_newest_comes_first_and_two_of_one_instant_stay_two(folder: Path) -> None:
    for minutes in (2, 0, 1, 1):
        caught_mail.keep(folder, a_mail(str(minutes)).as_bytes(), AT + timedelta(minutes=minutes))
    found = [caught_mail.read(folder, id_) for id_ in caught_mail.ids(folder)]
    assert [mail.header("Subject") for mail in found if mail] == ["2", "1", "1", "0"]


def test_a_mail_that_is_still_being_written_is_not_shown(folder: Path) -> None:
    caught_mail.keep(folder, a_mail().as_bytes(), AT)
    (folder / ".20261124T150000000000-00000000").write_bytes(b"Subject: hal")
    assert len(caught_mail.ids(folder)) == 1


def test_before_the_first_mail_there_is_none(folder: Path) -> None:
    assert caught_mail.ids(folder) == []


@pytest.mark.parametrize("id_", ["../secret", "/etc/passwd", "..", "", ".", "a/b", "a\x00b", "nothing-here"])
def test_no_id_leads_out_of_the_folder(folder: Path, id_: str) -> None:
    caught_mail.keep(folder, a_mail().as_bytes(), AT)
    (folder.parent / "secret.eml").write_bytes(b"Subject: secret\r\n\r\n")
    assert caught_mail.read(folder, id_) is None


@pytest.mark.rule("COM-1")
def test_a_confirmation_ends_in_the_catcher(post: Post, port: int, folder: Path) -> None:
    post.school.registration(post.school.client(first_name="Léa"), post.school.activity())
    post.react()
    post.delivery_to(f"smtp://127.0.0.1:{port}").deliver(post.woken[0])
    (id_,) = caught_mail.ids(folder)
    found = caught_mail.read(folder, id_)
    assert found is not None
    assert "Léa" in found.text
    assert post.outbox() == [("registration_confirmed", "sent", None)]


def test_a_list_reads_headers_and_leaves_the_files_unread(folder: Path) -> None:
    mail = a_mail()
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="facture.pdf")
    caught_mail.keep(folder, mail.as_bytes(), AT)
    (kept,) = caught_mail.ids(folder)
    listed, opened = (caught_mail.read(folder, kept, whole=whole) for whole in (False, True))
    assert listed is not None
    assert opened is not None
    assert listed.header("Subject") == opened.header("Subject") == "Votre inscription : Écoute de soi"
    assert (listed.attachments, opened.attachments) == ([], ["atelier.ics", "facture.pdf"])


def test_where_a_mail_cant_be_kept_it_is_refused_for_now(folder: Path, port: int) -> None:
    """As on a full disk: not for good, which the dossier would be told of, and half a mail is none."""
    folder.write_text("no folder")
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        with pytest.raises(smtplib.SMTPDataError) as refused:
            smtp.send_message(a_mail())
        assert refused.value.smtp_code == 452
        folder.unlink()
        smtp.send_message(a_mail())
    assert len(list(folder.iterdir())) == 1
