"""Facts of e-mails that did not reach anybody; each mail is named by its row of the outbox."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.kernel import Fact


class UndeliveredReason(StrEnum):
    """Why a mail did not arrive; the first two ask for another address (COM-10)."""

    BAD_ADDRESS = "bad_address"
    NO_ADDRESS = "no_address"
    MAILBOX_FULL = "mailbox_full"
    REFUSED_AS_SPAM = "refused_as_spam"
    """Refused as spam or by another policy of the recipient's side."""
    REFUSED = "refused"
    """For some other reason, for good."""
    GAVE_UP = "gave_up"
    """Tried for hours or days, then no longer."""
    UNREADABLE = "unreadable"
    """Something came back that does not say what happened."""


ADDRESS_REASONS = frozenset({UndeliveredReason.BAD_ADDRESS, UndeliveredReason.NO_ADDRESS})


class MailUndelivered(Fact):
    """An e-mail about the client came back, was refused for good, or could not leave (COM-10, COM-1)."""

    TOPIC: ClassVar[str] = "client.mail_undelivered"
    VISIBLE: ClassVar[bool] = False

    mail: UUID
    template: str
    workshop: UUID | None
    """The one that the mail was about: its organiser finds the right address."""
    to_organiser: bool
    reason: UndeliveredReason
    status: str | None
    """As the mail servers say it: « 5.1.1 », « smtp_554 »."""
    message: UUID | None
    """What came back, where it was kept."""
    address_in_use: bool
    """The client's address is still the one that the mail went to."""


class MailsResent(Fact):
    """Staff let e-mails be written and sent anew, as things stand by then (COM-1, COM-10)."""

    TOPIC: ClassVar[str] = "client.mails_resent"

    mails: tuple[UUID, ...]


class MissedMailsSetAside(Fact):
    """Staff said that nothing is to be done any more about e-mails that did not arrive (COM-10)."""

    TOPIC: ClassVar[str] = "client.missed_mails_set_aside"
    VISIBLE: ClassVar[bool] = False

    mails: tuple[UUID, ...]


class AddressTrusted(Fact):
    """The client's address is no longer one from which mails come back: another one, or staff say so."""

    TOPIC: ClassVar[str] = "client.address_trusted"
    VISIBLE: ClassVar[bool] = False


MissedMailFact = MailUndelivered | MailsResent | MissedMailsSetAside | AddressTrusted
