"""Small predicates over mails that did not arrive, one per rule."""

from __future__ import annotations

from aggregates.client.missed_mails.refusals import AddressKnownBad
from aggregates.client.missed_mails.state import Mails


def the_address_was_corrected(mails: Mails) -> None:
    """What was missed is sent to another address, never once more to a wrong one (COM-10).

    Raises AddressKnownBad.
    """
    if mails.missed and mails.address_bad:
        raise AddressKnownBad
