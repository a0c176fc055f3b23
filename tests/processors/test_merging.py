"""What was asked for a dossier that became part of another one: mails go on, and erasing forgets both."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, MergedDossier
from aggregates.kernel import Role
from aggregates.workshop.state import WORKSHOP, Planned
from commands.access import SYSTEM
from commands.clients.merge_dossiers import MergeDossiers
from commands.clients.remove_dossier import RemoveDossier
from commands.clients.write_to_client import WriteToClient
from commands.mails.note_undelivered import NoteUndelivered
from commands.mails.resend_missed import ResendMissed
from commands.registrations.cancel_registration import CancelRegistration
from commands.workshops.join_waiting_list import JoinWaitingList
from processors.runtime.erasing import carry_out
from tests.processors.post import Post
from tests.support.write_side import OFFICE

pytestmark = pytest.mark.rule("DOS-5")


class Twice:
    """One person with two dossiers; the second one has a place in a workshop."""

    def __init__(self, post: Post) -> None:
        self.post, self.school = post, post.school
        self.mine = self.school.client(email="garde@example.com", first_name="Léa")
        self.theirs = self.school.client(email="parti@example.com", first_name="Lea")
        self.activity = self.school.activity()
        self.workshop = self.school.workshop(
            self.activity, starts=datetime.now(UTC) + timedelta(days=60), capacity=1
        )
        self.place = self.school.registration(self.theirs, self.activity, self.workshop)

    def merge(self, *keep: UUID) -> None:
        self.school.send(MergeDossiers(survivor=self.mine, other=self.theirs, keep=keep))

    def to(self) -> list[str]:
        """Who was written to, apart from organisers."""
        return [r for [r] in self.post.sink.recipients if r.endswith("@example.com") and "monique" not in r]


@pytest.fixture
def twice(post: Post) -> Twice:
    return Twice(post)


def test_mails_asked_for_before_are_written_to_the_surviving_one(post: Post, twice: Twice) -> None:
    twice.school.employ(OFFICE.user, roles=(Role.OFFICE,))
    twice.school.send(WriteToClient(client=twice.theirs, subject="Bonjour", text="{cher}, à bientôt."))
    twice.merge()
    post.react_and_deliver()
    assert "garde@example.com" in twice.to()
    assert "parti@example.com" not in twice.to()
    sent = [(t, s) for t, s, _ in post.outbox() if t in ("written", "registration_confirmed")]
    assert sent == [("registration_confirmed", "sent"), ("written", "sent")]
    again = len(post.outbox())
    post.react_and_deliver()
    assert len(post.outbox()) == again, "the merger itself writes to nobody"


def test_the_merger_writes_to_nobody_but_of_a_place_that_ends(post: Post, twice: Twice) -> None:
    """Its organiser hears of it, and its seat goes to who waits."""
    mine = twice.school.registration(twice.mine, twice.activity)
    waits = twice.school.client(email="attend@example.com")
    twice.school.send(JoinWaitingList(client=waits, workshop=twice.workshop))
    post.react_and_deliver()
    before = post.outbox()
    twice.merge(mine)
    post.react_and_deliver()
    assert [t for t, _, _ in post.outbox()[len(before) :]] == ["organiser_departure", "waiting_list_offer"]
    workshop = twice.school.state(WORKSHOP.at(twice.workshop))
    assert isinstance(workshop, Planned)
    assert not workshop.seats
    assert list(workshop.waiting.entries) == [waits]


def test_an_offer_and_later_reminders_reach_the_surviving_one(post: Post, twice: Twice) -> None:
    full = twice.school.workshop(twice.activity, starts=datetime.now(UTC) + timedelta(days=80), capacity=1)
    holder = twice.school.client()
    held = twice.school.registration(holder, twice.activity, full)
    waits = twice.school.client(email="autre@example.com")
    twice.school.send(JoinWaitingList(client=waits, workshop=full))
    twice.school.send(MergeDossiers(survivor=twice.mine, other=waits))
    twice.merge()
    post.react_and_deliver()
    post.sink.recipients.clear()
    twice.school.send(CancelRegistration(client=holder, registration=held, note="Ne vient plus."))
    post.react_and_deliver()
    assert twice.to().count("garde@example.com") == 1, "the offer"
    twice.school.now(datetime.now(UTC) + timedelta(days=54))
    post.react_and_deliver()
    assert twice.to().count("garde@example.com") == 2, "the reminder"
    assert not {"parti@example.com", "autre@example.com"} & set(twice.to())


def test_what_comes_back_late_is_missed_by_the_surviving_one_and_sent_anew(post: Post, twice: Twice) -> None:
    post.react_and_deliver()
    [mail] = post.connection.execute(
        "select id from outbox where person = %s and template = 'registration_confirmed'", (twice.theirs,)
    ).fetchone() or [None]
    assert mail is not None
    twice.merge()
    nothing = dict.fromkeys(("workshop", "status", "message", "sent_to"))
    missed = NoteUndelivered(
        client=twice.theirs,
        mail=mail,
        template="registration_confirmed",
        to_organiser=False,
        reason=UndeliveredReason.MAILBOX_FULL,
        **nothing,
    )
    twice.school.send(missed, SYSTEM)
    survivor = twice.school.state(CLIENT.at(twice.mine))
    assert isinstance(survivor, Dossier)
    assert survivor.mails.missed == {mail: UndeliveredReason.MAILBOX_FULL}
    post.sink.recipients.clear()
    twice.school.send(ResendMissed(client=twice.mine))
    post.react_and_deliver()
    assert twice.to() == ["garde@example.com"]


@pytest.mark.rule("DOS-8", "DOS-11")
def test_erasing_the_surviving_one_forgets_both_in_every_store(post: Post, twice: Twice) -> None:
    paper = twice.school.document(twice.theirs)
    post.react_and_deliver()
    twice.merge()
    twice.school.cancelled(twice.mine, twice.place)
    twice.school.send(RemoveDossier(client=twice.mine))
    post.react_and_deliver()
    assert isinstance(twice.school.state(CLIENT.at(twice.mine)), DeactivatedDossier)
    assert isinstance(twice.school.state(CLIENT.at(twice.theirs)), MergedDossier)
    assert carry_out(post.connection, post.school.side.clock(), {}) == 0
    persons = [twice.mine, twice.theirs]
    keys = post.connection.execute(
        "select person, scope, wrapped is null from keys where person = any(%s)", (persons,)
    ).fetchall()
    assert {(p, s, gone) for p, s, gone in keys} == {
        (person, scope, scope == "contact") for person in persons for scope in ("identity", "contact")
    }
    left = post.connection.execute(
        "select (select count(*) from outbox where person = any(%(who)s) and sealed is not null),"
        " (select count(*) from files where id = %(file)s),"
        " (select count(*) from claims where owner = %(gone)s),"
        " (select count(*) from erasures where person = any(%(who)s) and done_at is not null)",
        {"who": persons, "file": paper, "gone": twice.theirs},
    ).fetchone()
    assert left == (0, 0, 0, 2)
    [row] = post.connection.execute(
        "select email, telephone, city, last_name is null, state from read.dossier_person where client = %s",
        (twice.theirs,),
    ).fetchall()
    assert row == (None, None, None, False, "merged")
