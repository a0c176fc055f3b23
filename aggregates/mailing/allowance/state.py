"""What one staff user's mailings take of the 500 e-mails in 24 hours, and when (COM-8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import get_args
from uuid import UUID, uuid5

from aggregates.catalogue.state import PORTAIL
from aggregates.kernel import Aggregate
from aggregates.mailing.allowance.events import AllowanceFact, ShareGivenBack, ShareTaken


@dataclass(frozen=True)
class Share:
    """So many e-mails, meant to leave at that moment."""

    mails: int
    at: datetime


@dataclass(frozen=True)
class Allowance:
    """Shares by mailing."""

    shares: Mapping[UUID, Share] = field(default_factory=dict)


def allowance_id(user: UUID) -> UUID:
    """The stream of that staff user's allowance."""
    return uuid5(PORTAIL, f"allowance:{user}")


def evolve_allowance(allowance: Allowance, fact: AllowanceFact) -> Allowance:
    match fact:
        case ShareTaken():
            return Allowance({**allowance.shares, fact.mailing: Share(fact.mails, fact.at)})
        case ShareGivenBack():
            shares = dict(allowance.shares)
            if (share := shares.pop(fact.mailing, None)) is not None and share.mails > fact.mails:
                shares[fact.mailing] = Share(share.mails - fact.mails, share.at)
            return Allowance(shares)


ALLOWANCE: Aggregate[Allowance] = Aggregate(
    "allowance", Allowance(), evolve_allowance, get_args(AllowanceFact)
)
