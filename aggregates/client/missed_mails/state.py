"""Which e-mails a client missed, and whether their address is known to be wrong; folded from facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import assert_never
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
from aggregates.kernel import replace


@dataclass(frozen=True)
class Mails:
    """What became of mails that did not arrive (COM-10)."""

    missed: Mapping[UUID, UndeliveredReason] = field(default_factory=dict)
    """Mail → why, until it is sent anew or set aside."""
    resent: frozenset[UUID] = frozenset()
    set_aside: frozenset[UUID] = frozenset()
    """What comes back later of mails that were sent anew or set aside is no news."""
    address_bad: bool = False


def evolve_mails(mails: Mails, fact: MissedMailFact) -> Mails:
    match fact:
        case MailUndelivered():
            return _undelivered(mails, fact)
        case MailsResent():
            return replace(mails, missed=_left(mails, fact.mails), resent=mails.resent | set(fact.mails))
        case MissedMailsSetAside():
            aside = mails.set_aside | set(fact.mails)
            return replace(mails, missed=_left(mails, fact.mails), set_aside=aside)
        case AddressTrusted():
            return replace(mails, address_bad=False)
        case _:
            assert_never(fact)


def _left(mails: Mails, settled: tuple[UUID, ...]) -> dict[UUID, UndeliveredReason]:
    return {mail: why for mail, why in mails.missed.items() if mail not in settled}


def _undelivered(mails: Mails, fact: MailUndelivered) -> Mails:
    of_address = fact.reason in ADDRESS_REASONS and not fact.to_organiser and fact.address_in_use
    missed = (
        mails.missed
        if fact.mail in mails.resent | mails.set_aside
        else {**mails.missed, fact.mail: fact.reason}
    )
    return replace(mails, missed=missed, address_bad=mails.address_bad or of_address)
