"""What e-mails said is forgotten after a year, that they were after three; nothing is sent again for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from aggregates.catalogue.settings import SchoolSettings
from aggregates.kernel import ERASED, Role
from aggregates.mailing.state import MAILING
from commands.catalogue.change_settings import ChangeSettings
from commands.mailing.cancel_mailing import CancelMailing
from commands.mailing.compose_mailing import ComposeMailing, Roster
from commands.mailing.try_mailing import TryMailing
from processors.runtime import retention
from processors.runtime.erasing import carry_out
from projections.runtime.check import check
from service.bootstrap import MODELS
from service.forgetting import forget_once
from tests.processors.post import Post
from tests.support.builders import dossier_deactivated
from tests.support.write_side import ADMIN, OFFICE

NOW = datetime(2027, 3, 1, 14, tzinfo=UTC)
YEAR = timedelta(days=367)
pytestmark = pytest.mark.rule("COM-1")


def sent(post: Post, at: datetime) -> None:
    """A confirmation that left at that moment."""
    post.school.now(at)
    post.school.registration(post.school.client(), post.school.activity())
    post.react_and_deliver()


def kept(post: Post) -> list[bool]:
    """Of each mail, the oldest first, whether it is known what it said."""
    rows = post.connection.execute("select sealed is not null from outbox order by position")
    return [bool(said) for (said,) in rows]


def forget(post: Post, at: datetime) -> None:
    post.school.now(at)
    forget_once(post.school.side)


def test_a_text_is_forgotten_after_a_year_and_the_mail_after_three(post: Post) -> None:
    sent(post, NOW)
    sent(post, NOW + timedelta(days=200))
    forget(post, NOW + timedelta(days=364))
    assert kept(post) == [True, True]
    forget(post, NOW + YEAR)
    assert kept(post) == [False, True]
    forget(post, NOW + 3 * YEAR - timedelta(days=10))
    assert kept(post) == [False, False]
    forget(post, NOW + 3 * YEAR)
    assert kept(post) == [False]


def test_the_school_says_how_long(post: Post) -> None:
    wanted = SchoolSettings(mail_text_months=1, mail_months=2)
    post.school.send(ChangeSettings(seen_version=0, settings=wanted), ADMIN)
    sent(post, NOW)
    forget(post, NOW + timedelta(days=40))
    assert kept(post) == [False]
    forget(post, NOW + timedelta(days=70))
    assert kept(post) == []


def test_what_still_waits_is_forgotten_never(post: Post) -> None:
    post.school.now(NOW)
    post.school.registration(post.school.client(), post.school.activity())
    post.react()
    forget(post, NOW + 4 * YEAR)
    assert post.outbox() == [("registration_confirmed", "to_send", None)]


def test_outages_are_forgotten_like_mails_once_they_are_over(post: Post) -> None:
    post.connection.execute(
        "insert into outages (id, what, since, told, over_at) values"
        " (gen_random_uuid(), 'reading', %(then)s, '{}', %(then)s),"
        " (gen_random_uuid(), 'mails', %(then)s, '{}', null)",
        {"then": NOW},
    )
    forget(post, NOW + 3 * YEAR - timedelta(days=10))
    assert post.connection.execute("select count(*) from outages").fetchone() == (2,)
    forget(post, NOW + 3 * YEAR + timedelta(days=10))
    assert post.connection.execute("select what from outages").fetchall() == [("mails",)]


def test_many_go_in_short_transactions(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "_AT_ONCE", 2)
    for _ in range(5):
        sent(post, NOW)
    forget(post, NOW + 4 * YEAR)
    assert kept(post) == []


@pytest.mark.rule("COM-3")
def test_set_back_to_the_beginning_processors_send_nothing_for_what_is_forgotten(post: Post) -> None:
    sent(post, NOW)
    sent(post, NOW + 2 * YEAR)
    forget(post, NOW + 4 * YEAR)
    assert len(kept(post)) == 1
    assert post.connection.execute("select count(*) from timers").fetchone() == (1,)
    post.connection.execute("update processors set position = 0")
    post.react_and_deliver()
    assert len(kept(post)) == 1
    assert len(post.sink.mails) == 2


@pytest.mark.rule("COM-10")
def test_what_came_back_and_what_was_refused_are_forgotten_like_texts(post: Post) -> None:
    post.school.now(NOW)
    client = post.school.client()
    post.connection.execute(
        "insert into returned_mails (id, person, at, sealed) values (%s, %s, %s, %s)",
        (uuid4(), client, NOW, bytes(60)),
    )
    forget(post, NOW + timedelta(days=364))
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (1,)
    forget(post, NOW + YEAR)
    assert post.connection.execute("select count(*) from returned_mails").fetchone() == (0,)


@pytest.mark.rule("DOS-11")
def test_what_came_back_goes_with_the_key_it_lies_under(post: Post) -> None:
    post.school.now(NOW)
    client, other = post.school.client(), post.school.client()
    for person in (client, other):
        post.connection.execute(
            "insert into returned_mails (id, person, at, sealed) values (%s, %s, %s, %s)",
            (uuid4(), person, NOW, bytes(60)),
        )
    post.log.given((client, dossier_deactivated(client)))
    forget(post, NOW + timedelta(hours=1))
    assert post.connection.execute("select person from returned_mails").fetchall() == [(other,)]


def to_roster(post: Post, subject: str) -> ComposeMailing:
    """To the one participant of a workshop."""
    activity = post.school.activity()
    workshop = post.school.workshop(activity, starts=NOW + timedelta(days=20))
    seat = post.school.registration(post.school.client(), activity, workshop)
    roster = Roster(workshop=workshop, registrations=(seat,), reason="Salle de Zoé Zibeline.")
    return ComposeMailing(subject=subject, text="Chez Zoé Zibeline, salle 2.", roster=roster)


def said(post: Post, mailing: UUID) -> list[object]:
    """Every text of the mailing's, as the log tells it today."""
    facts = post.school.facts(MAILING.at(mailing))
    texts = [getattr(fact, name, None) for fact in facts for name in ("subject", "text", "reason")]
    return [text for text in texts if text is not None]


@pytest.mark.rule("DOS-11")
def test_nobody_reads_a_mailing_a_year_after_it_was_over_and_its_numbers_stay(post: Post) -> None:
    school = post.school
    school.now(NOW)
    school.employ(OFFICE.user, roles=(Role.OFFICE,))
    left = school.send(to_roster(post, "Salle changée")).made["mailing"]
    assert post.round() == 1
    cancelled = school.send(to_roster(post, "Trop tôt")).made["mailing"]
    school.send(CancelMailing(mailing=cancelled, reason="Zoé Zibeline a changé d’avis."))
    client = school.client()
    tried = school.send(TryMailing(subject="Essai", text="Zoé Zibeline", client=client)).made["draft"]
    waits = school.send(to_roster(post, "Plus tard").model_copy(update={"leaves_at": NOW + 2 * YEAR}))
    post.react()
    forget(post, NOW + timedelta(days=364))
    assert ERASED not in [text for one in (left, cancelled, tried) for text in said(post, one)]
    for _twice in range(2):
        forget(post, NOW + YEAR)
        assert {*said(post, left), *said(post, cancelled), *said(post, tried)} == {ERASED}
    assert len(said(post, cancelled)) == 4, "the reason for cancelling it too"
    assert ERASED not in said(post, waits.made["mailing"])
    post.react()
    assert shown(post, left) == (None, None, 1, 1, True)
    assert carry_out(post.connection, NOW + YEAR, {}) == 0, (
        "every store answered, and the keys' bytes are gone"
    )
    compared = check(post.url, school.side.store, MODELS)
    assert [one.name for one in compared if one.differs] == []


def shown(post: Post, mailing: UUID) -> tuple[object, ...] | None:
    query = "select subject, text, recipients, sent, ended from read.mailings_mailing where mailing = %s"
    return post.connection.execute(query, (mailing,)).fetchone()
