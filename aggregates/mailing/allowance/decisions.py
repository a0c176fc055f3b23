"""What may become of a staff user's allowance: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aggregates.mailing.allowance.events import AllowanceFact, ShareGivenBack, ShareTaken
from aggregates.mailing.allowance.policies import MOST_IN_WINDOW, fits_from, left_at
from aggregates.mailing.allowance.refusals import TooManyMails
from aggregates.mailing.allowance.state import Allowance


def take_share(allowance: Allowance, mailing: UUID, mails: int, *, at: datetime) -> Sequence[AllowanceFact]:
    """A mailing of so many e-mails leaves at that moment; refused whole when it doesn't fit (COM-8).

    Raises TooManyMails.
    """
    if mailing in allowance.shares:
        return []
    shares = list(allowance.shares.values())
    left = left_at(shares, at)
    if mails > left:
        raise TooManyMails(
            mails=mails, left=left, most=MOST_IN_WINDOW, fits_from=fits_from(shares, mails, at)
        )
    return [ShareTaken(mailing=mailing, mails=mails, at=at)]


def move_share(allowance: Allowance, mailing: UUID, *, at: datetime) -> Sequence[AllowanceFact]:
    """It leaves later than it was meant to, having waited for approval: what doesn't fit then, waits."""
    share = allowance.shares.get(mailing)
    if share is None or share.at >= at:
        return []
    return [ShareTaken(mailing=mailing, mails=share.mails, at=at)]


def give_back(allowance: Allowance, mailing: UUID, mails: int | None = None) -> Sequence[AllowanceFact]:
    """So many of its e-mails never leave; none named: all of them."""
    share = allowance.shares.get(mailing)
    if share is None or mails == 0:
        return []
    return [ShareGivenBack(mailing=mailing, mails=share.mails if mails is None else mails)]
