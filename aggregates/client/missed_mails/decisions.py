"""What may happen to mails that did not arrive: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aggregates.client.missed_mails.events import (
    ADDRESS_REASONS,
    AddressTrusted,
    MailsResent,
    MailUndelivered,
    MissedMailFact,
    MissedMailsSetAside,
    UndeliveredReason,
)
from aggregates.client.missed_mails.policies import the_address_was_corrected
from aggregates.client.policies import active
from aggregates.client.state import Client, Dossier

Facts = Sequence[MissedMailFact]


@dataclass(frozen=True)
class Undelivered:
    """What is known of a mail that did not arrive."""

    mail: UUID
    template: str
    workshop: UUID | None
    to_organiser: bool
    reason: UndeliveredReason
    status: str | None
    message: UUID | None


def note_undelivered(client: Client, what: Undelivered, *, address_in_use: bool) -> Facts:
    """A mail came back, was refused for good or could not leave (COM-10); of a dossier that is gone nothing.

    Of one mail that is already known to be missed only a bad address is news.
    """
    if not isinstance(client, Dossier):
        return []
    known = client.mails.missed.get(what.mail)
    if known is not None and (known in ADDRESS_REASONS or what.reason not in ADDRESS_REASONS):
        return []
    return [MailUndelivered(**vars(what), address_in_use=address_in_use)]


def resend_missed(client: Client) -> Facts:
    """Send anew all that the client missed, once the address was corrected (COM-10).

    Raises NoSuchDossier, DossierNotActive, AddressKnownBad.
    """
    mails = active(client).mails
    the_address_was_corrected(mails)
    return [MailsResent(mails=tuple(sorted(mails.missed)))] if mails.missed else []


def resend_mail(client: Client, mail: UUID) -> Facts:
    """Send one mail anew, whatever became of it, once; the new one can be sent anew in turn (COM-1).

    Raises NoSuchDossier, DossierNotActive.
    """
    return [] if mail in active(client).mails.resent else [MailsResent(mails=(mail,))]


def set_aside(client: Client, mail: UUID | None) -> Facts:
    """Leave a missed mail as it is; without one all of them, and the address counts as right (COM-10).

    Raises NoSuchDossier, DossierNotActive.
    """
    mails = active(client).mails
    gone = tuple(sorted(mails.missed)) if mail is None else tuple({mail} & set(mails.missed))
    facts: list[MissedMailFact] = [MissedMailsSetAside(mails=gone)] if gone else []
    return [*facts, *trusted(mails.address_bad)] if mail is None else facts


def trusted(address_bad: bool) -> Facts:
    """What follows from another address: the flag on the dossier goes away."""
    return [AddressTrusted()] if address_bad else []
