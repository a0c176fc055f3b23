"""The 500 in every 24 hours, as sums over windows (COM-8)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from aggregates.mailing.allowance.state import Share

MOST_IN_WINDOW = 500
WINDOW = timedelta(hours=24)


def left_at(shares: Sequence[Share], at: datetime) -> int:
    """How many more may leave at that moment: every window of 24 hours that holds it has room for them."""
    ends = {at, *(share.at for share in shares if at < share.at < at + WINDOW)}
    fullest = max(sum(s.mails for s in shares if end - WINDOW < s.at <= end) for end in ends)
    return max(0, MOST_IN_WINDOW - fullest)


def fits_from(shares: Sequence[Share], mails: int, at: datetime) -> datetime | None:
    """The first moment from `at` on at which so many may leave at once; none for more than 500."""
    if mails > MOST_IN_WINDOW:
        return None
    moments = sorted({at, *_moments_of_change(shares, at)})
    return next(moment for moment in moments if left_at(shares, moment) >= mails)


def _moments_of_change(shares: Iterable[Share], at: datetime) -> list[datetime]:
    """When a share leaves the windows."""
    return [share.at + WINDOW for share in shares if share.at + WINDOW > at]
