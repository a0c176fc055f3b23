"""A mailing while it leaves: paused, resumed, ended, and what of it is held (COM-3, COM-8)."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from aggregates.mailing.decisions import cancel, start_sending
from aggregates.mailing.events import (
    HeldMailDecided,
    MailingCancelled,
    MailingEnded,
    MailingPaused,
    MailingResumed,
    MailingSendingStarted,
    MailingTested,
    MailingTextForgotten,
)
from aggregates.mailing.refusals import (
    AlreadyDecided,
    MailingAlreadyCancelled,
    MailingAwaitsApproval,
    MailingIsOver,
    NoSuchMailing,
    NotARecipient,
    NotBeingSent,
)
from aggregates.mailing.sending.decisions import decide_held, end, forget_text, pause, resume
from aggregates.mailing.state import MAILING, Ended, Paused, Queued, Sending, TriedDraft
from tests.aggregates.given import ORGANISER, given
from tests.aggregates.test_mailings import MAILING_ID, to_audience, to_roster

STARTED, PAUSED, RESUMED = MailingSendingStarted(), MailingPaused(), MailingResumed()
OVER = MailingEnded(sent=1, skipped=0, stopped=None)
BY: Any = {"by": ORGANISER, "others_too": False}
RECIPIENT = to_audience().recipients[0]


@pytest.mark.rule("COM-8")
class TestPausing:
    @pytest.mark.parametrize(("before", "state"), [((), Queued), ((STARTED,), Sending)])
    def test_it_pauses_once_and_goes_on_where_it_was(self, before: tuple[Any, ...], state: type) -> None:
        after = given(MAILING, to_audience(), *before).when(pause, **BY).then(PAUSED)
        assert isinstance(after, Paused)
        given(MAILING, to_audience(), *before, PAUSED).when(pause, **BY).then_nothing()
        after = given(MAILING, to_audience(), *before, PAUSED).when(resume, **BY).then(RESUMED)
        assert isinstance(after, state)
        given(MAILING, to_audience(), *before).when(resume, **BY).then_nothing()
        given(MAILING, to_audience(), *before, PAUSED).when(start_sending).then_nothing()

    def test_what_is_over_or_waits_is_not_paused(self) -> None:
        cancelled = MailingCancelled(person=MAILING_ID, reason=None)
        given(MAILING, to_audience(), cancelled).when(pause, **BY).then_refused(MailingAlreadyCancelled)
        given(MAILING, to_audience(), STARTED, OVER).when(pause, **BY).then_refused(MailingIsOver)
        given(MAILING, to_audience(), STARTED, OVER).when(resume, **BY).then_refused(MailingIsOver)
        given(MAILING, to_roster()).when(pause, **BY).then_refused(MailingAwaitsApproval)

    def test_others_than_the_author_need_a_wider_role(self) -> None:
        other = {"by": UUID(int=99), "others_too": False}
        given(MAILING, to_audience()).when(pause, **other).then_refused(NoSuchMailing)
        given(MAILING, to_audience(), PAUSED).when(resume, **other).then_refused(NoSuchMailing)
        given(MAILING, to_audience()).when(pause, by=UUID(int=99), others_too=True).then(PAUSED)


@pytest.mark.rule("COM-3")
class TestHeldMails:
    @pytest.mark.parametrize("before", [(STARTED,), (STARTED, PAUSED)])
    @pytest.mark.parametrize("send", [True, False])
    def test_a_decision_is_for_one_try(self, before: tuple[Any, ...], send: bool) -> None:
        decided = HeldMailDecided(client=RECIPIENT, tried=1, send=send)
        given(MAILING, to_audience(), *before).when(decide_held, RECIPIENT, tried=1, send=send, **BY).then(
            decided
        )
        again = given(MAILING, to_audience(), *before, decided)
        again.when(decide_held, RECIPIENT, tried=1, send=send, **BY).then_nothing()
        again.when(decide_held, RECIPIENT, tried=1, send=not send, **BY).then_refused(
            AlreadyDecided, send=send
        )
        again.when(decide_held, RECIPIENT, tried=2, send=send, **BY).then(
            HeldMailDecided(client=RECIPIENT, tried=2, send=send)
        )

    def test_only_of_a_recipient_while_it_leaves(self) -> None:
        held: Any = {"tried": 1, "send": True, **BY}
        given(MAILING, to_audience()).when(decide_held, RECIPIENT, **held).then_refused(NotBeingSent)
        given(MAILING, to_audience(), STARTED).when(decide_held, UUID(int=77), **held).then_refused(
            NotARecipient
        )
        given(MAILING).when(decide_held, RECIPIENT, **held).then_refused(NoSuchMailing)


@pytest.mark.rule("COM-8")
def test_it_ends_once_and_is_not_cancelled_afterwards() -> None:
    counts: Any = {"sent": 1, "skipped": 0, "stopped": None}
    after = given(MAILING, to_audience(), STARTED).when(end, **counts).then(OVER)
    assert isinstance(after, Ended)
    given(MAILING, to_audience(), STARTED, OVER).when(end, **counts).then_nothing()
    given(MAILING, to_audience(), STARTED, OVER).when(
        cancel, MAILING_ID, by=ORGANISER, others_too=False, reason=None
    ).then_refused(MailingIsOver)
    given(MAILING).when(end, **counts).then_refused(NoSuchMailing)


TRIED = MailingTested(
    person=MAILING_ID,
    author=ORGANISER,
    client=RECIPIENT,
    workshop=None,
    subject="Essai",
    text="{cher}",
    attachments=(),
    image=None,
)


@pytest.mark.rule("COM-6")
def test_a_draft_that_was_tried_is_no_mailing() -> None:
    assert isinstance(given(MAILING, TRIED).state, TriedDraft)
    given(MAILING, TRIED).when(start_sending).then_refused(NoSuchMailing)


@pytest.mark.rule("DOS-11")
@pytest.mark.parametrize(
    "before",
    [
        (to_audience(), STARTED, OVER),
        (to_roster(), MailingCancelled(person=MAILING_ID, reason=None)),
        (TRIED,),
    ],
)
def test_what_is_over_is_forgotten_once(before: tuple[Any, ...]) -> None:
    gone = MailingTextForgotten(person=MAILING_ID)
    given(MAILING, *before).when(forget_text, MAILING_ID).then(gone)
    given(MAILING, *before, gone).when(forget_text, MAILING_ID).then_nothing()


@pytest.mark.rule("DOS-11")
@pytest.mark.parametrize(
    "before",
    [(), (to_roster(),), (to_audience(),), (to_audience(), STARTED), (to_audience(), STARTED, PAUSED)],
)
def test_what_may_still_leave_keeps_its_text(before: tuple[Any, ...]) -> None:
    given(MAILING, *before).when(forget_text, MAILING_ID).then_nothing()
