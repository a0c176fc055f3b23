"""Values that only one owner may hold, as a pure function of each stream's state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from aggregates.client.state import CLIENT, DeactivatedDossier, Dossier, ErasedDossier
from aggregates.invoice.basket.policies import card_sale
from aggregates.invoice.basket.state import BeingPaid, Draft
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.invoice.state import INVOICE, Issued
from aggregates.kernel import Erased, fold as folded, fold_email
from aggregates.staff.state import STAFF, StaffUser
from schema.append import Claim
from schema.keys import Vault
from schema.store import Change

EMAIL = "email"
"""A log-in address, of a client or a staff user (DOS-4)."""
DOSSIER = "dossier"
"""Last name, first name and postal code (DOS-4)."""
BASKET = "basket"
"""The client whose open basket this is: one each (FAC-1)."""
CARD_SALE = "card_sale"
"""The client whom staff sell something by card: one sale at a time (INS-4)."""
CAPTURE = "capture"
"""A capture of the payment provider, counted once (FAC-3)."""
SUPPRESSED = "suppressed"
"""The keyed hash of a deleted dossier's address (DOS-10)."""

HOLDERS = (CLIENT, INVOICE, STAFF)
"""The kinds of streams whose states hold claims; `held` looks at no other."""


def same_email(email: str) -> str:
    """The e-mail as it is compared (DOS-4)."""
    return fold_email(email)


def same_person(last_name: str, first_name: str, postal_code: str) -> str:
    """Names and postal code as they are compared (DOS-4)."""
    return "|".join(folded(part) for part in (last_name, first_name, postal_code))


def held(state: Any) -> Iterator[tuple[str, str]]:
    """Kind and clear value of each claim that a stream in this state holds."""
    if isinstance(state, Dossier | StaffUser) and isinstance(state.email, str):
        yield EMAIL, same_email(state.email)
    if isinstance(state, Dossier | DeactivatedDossier) and state.namesake_of is None:
        parts = (state.last_name, state.first_name, state.postal_code)
        if not any(part is None or isinstance(part, Erased) for part in parts):
            yield DOSSIER, same_person(*(str(part) for part in parts))
    if isinstance(state, Draft | BeingPaid):
        if card_sale(state) is None:
            yield BASKET, str(state.client)
        elif isinstance(state, BeingPaid):
            yield CARD_SALE, str(state.client)
    if isinstance(state, Issued):
        for payment in state.payments:
            if payment.method is PaymentMethod.CARD:
                yield CAPTURE, str(payment.id)
    if isinstance(state, DeactivatedDossier | ErasedDossier):
        own = () if state.suppressed is None else (state.suppressed,)
        yield from ((SUPPRESSED, mark) for mark in (*own, *state.suppressed_too))


def claims_of(owner: UUID, state: Any, vault: Vault) -> frozenset[Claim]:
    """The claims a stream holds, hashed."""
    return frozenset(Claim(kind, vault.keyed_hash(kind, value), owner) for kind, value in held(state))


def untouched(before: Any, after: Any) -> bool:
    """Whether nothing that a claim is made of was changed between these two states."""
    match before, after:
        case Dossier(), Dossier():
            parts = ("email", "last_name", "first_name", "postal_code", "namesake_of")
            return all(getattr(before, part) is getattr(after, part) for part in parts)
        case Issued(), Issued():
            return before.payments is after.payments
        case _:
            return False


def difference(changes: Sequence[Change], vault: Vault) -> tuple[list[Claim], list[Claim]]:
    """Claims to take and to release with these changes."""
    take: set[Claim] = set()
    release: set[Claim] = set()
    for change in changes:
        loaded, state = change.loaded, change.after
        if not untouched(loaded.state, state):
            before = claims_of(loaded.id, loaded.state, vault)
            after = claims_of(loaded.id, state, vault)
            take |= after - before
            release |= before - after
    return list(take), list(release)
