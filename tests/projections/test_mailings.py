"""Mailings from facts to rows: their situation, and for whom each is (COM-6, COM-7, COM-8)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.mailing.events import (
    Excluded,
    Exclusion,
    MailingApproved,
    MailingCancelled,
    MailingEnded,
    MailingPaused,
    MailingResumed,
    MailingSendingStarted,
    MailingTested,
    MailingTextForgotten,
    StopReason,
)
from projections import mailings
from projections.mailings import Wanted
from tests.aggregates.test_mailings import to_audience, to_roster
from tests.support.builders import NOW
from tests.support.projecting import Projecting

FIRST, OTHER, AUTHOR = uuid4(), uuid4(), uuid4()
GOING = {"state": "ended", "sent": 2, "skipped": 1, "stopped": "workshop_closed"}


def composed(mailing: UUID = FIRST, **changes: Any) -> Any:
    return to_audience(person=mailing, author=AUTHOR, **changes)


def state(models: Projecting, mailing: UUID = FIRST) -> str:
    row = models.ask(lambda c: mailings.one(c, mailing, Wanted()))
    assert row is not None
    return str(row["state"])


@pytest.mark.rule("COM-8")
def test_each_fact_moves_the_mailing_on_and_no_other(proven: Projecting) -> None:
    proven.given((FIRST, composed()), (OTHER, composed(OTHER)))
    for fact, expected in (
        (MailingPaused(), "paused"),
        (MailingResumed(), "queued"),
        (MailingSendingStarted(), "sending"),
        (MailingPaused(), "paused"),
        (MailingResumed(), "sending"),
        (MailingEnded(sent=2, skipped=1, stopped=StopReason.WORKSHOP_CLOSED), "ended"),
    ):
        proven.given((FIRST, fact))
        assert state(proven) == expected
    assert state(proven, OTHER) == "queued"
    row = proven.ask(lambda c: mailings.one(c, FIRST, Wanted()))
    assert row is not None
    assert {name: row[name] for name in GOING} == GOING


@pytest.mark.rule("COM-7")
def test_what_awaits_approval_is_seen_by_who_approves(proven: Projecting) -> None:
    proven.given((FIRST, to_roster(person=FIRST)), (OTHER, composed(OTHER)))
    approving = Wanted(author=uuid4(), rosters_that_wait=True)

    def seen(wanted: Wanted) -> list[str]:
        return [row["id"] for row in proven.ask(lambda c: mailings.mailings(c, wanted))]

    assert seen(approving) == [str(FIRST)]
    assert seen(Wanted(author=AUTHOR)) == [str(OTHER)]
    assert seen(Wanted(state="awaiting_approval")) == [str(FIRST)]
    proven.given((FIRST, MailingApproved()))
    assert seen(approving) == []
    assert state(proven) == "queued"
    proven.given((FIRST, MailingCancelled(person=FIRST, reason="Une erreur.")))
    assert state(proven) == "cancelled"


@pytest.mark.rule("COM-6")
def test_recipients_and_those_left_out_with_the_reason(proven: Projecting) -> None:
    kept, left = uuid4(), uuid4()
    excluded = (Excluded(client=left, reason=Exclusion.NO_CONSENT),)
    proven.given((FIRST, composed(recipients=(kept,), excluded=excluded)), (OTHER, composed(OTHER)))
    found = {row["id"]: row["excluded"] for row in proven.ask(lambda c: mailings.persons(c, FIRST))}
    assert found == {str(kept): None, str(left): "no_consent"}


def test_pages_go_on_where_the_last_one_ended(proven: Projecting) -> None:
    ids = [uuid4() for _ in range(5)]
    proven.given(*((mailing, composed(mailing)) for mailing in ids))
    seen: list[str] = []
    before = None
    while page := proven.ask(lambda c: mailings.mailings(c, Wanted(), before=before, limit=2)):  # noqa: B023
        seen += [row["id"] for row in page]
        before = page[-1]["composed_at"], UUID(page[-1]["id"])
    assert sorted(seen) == sorted(map(str, ids))
    assert seen == sorted(seen, reverse=True)


@pytest.mark.rule("DOS-11")
def test_what_is_over_is_readable_until_it_is_forgotten_and_its_numbers_stay(proven: Projecting) -> None:
    draft, waits = uuid4(), uuid4()
    tried = MailingTested(
        person=draft,
        author=AUTHOR,
        client=uuid4(),
        workshop=None,
        subject="Essai",
        text="{cher}",
        attachments=(),
        image=None,
    )
    proven.given(
        (FIRST, composed(pressure_reason="La salle change.")),
        (FIRST, MailingSendingStarted()),
        (draft, tried),
    )
    proven.given((OTHER, to_roster(person=OTHER)), (waits, composed(waits)))
    over = MailingEnded(sent=2, skipped=1, stopped=StopReason.WORKSHOP_CLOSED)
    proven.given((FIRST, over), (OTHER, MailingCancelled(person=OTHER, reason="Une erreur.")))

    def readable(days: int) -> set[UUID]:
        then = NOW + timedelta(days=days)
        return set(mailings.readable_too_long(proven.connection, then, 12, 10))

    assert readable(364) == set()
    assert readable(366) == {FIRST, OTHER, draft}
    for gone in (FIRST, OTHER, draft):
        proven.given((gone, MailingTextForgotten(person=gone)))
    assert readable(366) == set()
    row = proven.ask(lambda c: mailings.one(c, FIRST, Wanted()))
    assert row is not None
    assert {name: row[name] for name in GOING} == GOING
    assert (row["subject"], row["text"], row["pressure_reason"]) == ("[effacé]", "[effacé]", None)
    assert state(proven, waits) == "queued"
