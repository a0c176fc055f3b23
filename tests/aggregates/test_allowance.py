"""500 e-mails of mailings per staff user in every 24 hours, as planned (COM-8)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given as drawn, strategies as st

from aggregates.mailing.allowance.decisions import give_back, move_share, take_share
from aggregates.mailing.allowance.events import ShareGivenBack, ShareTaken
from aggregates.mailing.allowance.policies import WINDOW, fits_from, left_at
from aggregates.mailing.allowance.refusals import TooManyMails
from aggregates.mailing.allowance.state import ALLOWANCE, Allowance, Share
from tests.aggregates.given import given

pytestmark = pytest.mark.rule("COM-8")
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST, SECOND = UUID(int=1), UUID(int=2)


def taken(mails: int, at: datetime = NOON, mailing: UUID = FIRST) -> ShareTaken:
    return ShareTaken(mailing=mailing, mails=mails, at=at)


def test_five_hundred_fit_and_one_more_is_refused_whole() -> None:
    given(ALLOWANCE, taken(300)).when(take_share, SECOND, 200, at=NOON).then(taken(200, mailing=SECOND))
    refused = given(ALLOWANCE, taken(300)).when(take_share, SECOND, 201, at=NOON)
    refused.then_refused(TooManyMails, mails=201, left=200, most=500, fits_from=NOON + WINDOW)


def test_a_day_later_they_count_no_more() -> None:
    given(ALLOWANCE, taken(500)).when(take_share, SECOND, 500, at=NOON + WINDOW).then(
        taken(500, NOON + WINDOW, SECOND)
    )
    given(ALLOWANCE, taken(500)).when(
        take_share, SECOND, 1, at=NOON + WINDOW - timedelta(seconds=1)
    ).then_refused(TooManyMails, mails=1, left=0, most=500, fits_from=NOON + WINDOW)


def test_what_is_scheduled_counts_before_its_moment_too() -> None:
    evening = NOON + timedelta(hours=8)
    given(ALLOWANCE, taken(400, evening)).when(take_share, SECOND, 101, at=NOON).then_refused(
        TooManyMails, mails=101, left=100, most=500, fits_from=evening + WINDOW
    )


def test_more_than_500_never_fit() -> None:
    given(ALLOWANCE).when(take_share, SECOND, 501, at=NOON).then_refused(
        TooManyMails, mails=501, left=500, most=500, fits_from=None
    )


def test_recipients_passed_over_and_what_is_cancelled_give_their_share_back() -> None:
    given(ALLOWANCE, taken(300)).when(give_back, FIRST, 5).then(ShareGivenBack(mailing=FIRST, mails=5))
    given(ALLOWANCE, taken(300)).when(give_back, FIRST).then(ShareGivenBack(mailing=FIRST, mails=300))
    given(ALLOWANCE, taken(300)).when(give_back, FIRST, 0).then_nothing()
    given(ALLOWANCE).when(give_back, FIRST).then_nothing()
    left = given(ALLOWANCE, taken(300), ShareGivenBack(mailing=FIRST, mails=5))
    left.when(take_share, SECOND, 205, at=NOON).then(taken(205, mailing=SECOND))


def test_what_waited_for_approval_counts_when_it_leaves() -> None:
    later = NOON + timedelta(hours=3)
    given(ALLOWANCE, taken(300)).when(move_share, FIRST, at=later).then(taken(300, later))
    given(ALLOWANCE, taken(300, later)).when(move_share, FIRST, at=NOON).then_nothing()


shares = st.lists(
    st.builds(
        Share,
        mails=st.integers(1, 300),
        at=st.integers(0, 96).map(lambda hours: NOON + timedelta(hours=hours)),
    ),
    max_size=12,
)


@drawn(wished=shares)
def test_no_window_of_24_hours_ever_holds_more(wished: list[Share]) -> None:
    """Whatever is asked for, in whatever order: what was granted fits in every sliding window."""
    allowance = Allowance()
    for share in wished:
        mailing = uuid4()
        try:
            facts = take_share(allowance, mailing, share.mails, at=share.at)
        except TooManyMails as refused:
            free = refused.fields["fits_from"]
            assert free is not None
            assert left_at(list(allowance.shares.values()), free) >= share.mails
            continue
        for fact in facts:
            allowance = ALLOWANCE.evolve(allowance, fact)
    granted = list(allowance.shares.values())
    for end in (share.at for share in granted):
        assert sum(s.mails for s in granted if end - WINDOW < s.at <= end) <= 500


@drawn(granted=shares, mails=st.integers(1, 500))
def test_it_fits_from_the_first_moment_at_which_it_does(granted: list[Share], mails: int) -> None:
    moment = fits_from(granted, mails, NOON)
    assert moment is not None
    assert left_at(granted, moment) >= mails
    earlier = (NOON + timedelta(hours=n) for n in range(200))
    assert all(left_at(granted, hour) < mails for hour in earlier if hour < moment)
