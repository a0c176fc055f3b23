"""Facts of one staff user's allowance: numbers, moments and ids of mailings."""

from __future__ import annotations

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact


class ShareTaken(Fact):
    """A mailing is meant to leave at that moment and takes so many of the user's 500 (COM-8).

    Taken anew, it replaces what the mailing took before.
    """

    TOPIC: ClassVar[str] = "allowance.share_taken"
    VISIBLE: ClassVar[bool] = False

    mailing: UUID
    mails: int
    at: datetime


class ShareGivenBack(Fact):
    """So many of a mailing's e-mails never leave: recipients passed over, or it was cancelled (COM-8)."""

    TOPIC: ClassVar[str] = "allowance.share_given_back"
    VISIBLE: ClassVar[bool] = False

    mailing: UUID
    mails: int


AllowanceFact = ShareTaken | ShareGivenBack
