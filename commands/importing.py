"""Ids and amounts of what comes from another system: the same line makes the same stream (IMP-1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID, uuid5

from pydantic import AfterValidator, Field

from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import PORTAIL
from aggregates.client.state import Dossier
from aggregates.invoice.imports.decisions import OldInvoice
from aggregates.invoice.policies import currency_of
from aggregates.kernel import Currency, Money
from commands.message import Act


def _on_local_clocks(moment: datetime) -> datetime:
    if moment.tzinfo is not None or not 1990 <= moment.year < 2200:
        raise ValueError("not a workshop's date and hour without zone")
    return moment


LocalTime = Annotated[datetime, AfterValidator(_on_local_clocks)]
"""A date and hour as the clocks of some place show it."""
Amount = Annotated[Decimal, Field(ge=0, max_digits=9, decimal_places=2)]
"""In whole units, with cents."""
SignedAmount = Annotated[Decimal, Field(max_digits=9, decimal_places=2)]


def imported_id(source: str, kind: str, key: str) -> UUID:
    """The id of the `kind` that the system `source` knew under `key`."""
    return uuid5(uuid5(PORTAIL, f"import/{source}"), f"{kind}/{key}")


def old_invoice_id(source: str, client: str, number: str | None, line: str = "") -> UUID:
    """The id of an invoice of another system: a number that two clients have stands for two.

    Without number the line is its own invoice, whatever other files call by the same key.
    """
    told = f"{client}/{number}" if number is not None else f"{client}/{line}"
    return imported_id(source, "invoice" if number is not None else "invoice-of", told)


def old_invoice(
    act: Act, school: SchoolSettings, dossier: Dossier, number: str, issued_on: date | None
) -> OldInvoice:
    """An invoice of another system; without day it counts as of today."""
    return OldInvoice(
        person=dossier.id,
        number=number,
        issued_on=issued_on or school.day_of(act.now),
        billing_name=f"{dossier.first_name} {dossier.last_name}",
    )


def old_money(
    school: SchoolSettings, dossier: Dossier, currency: Currency | None
) -> Callable[[Decimal | None], Money]:
    """Amounts of a file, in its currency or in that of the client's country (CAT-2)."""
    known = currency or currency_of(str(dossier.country), school)
    return lambda amount: Money(minor=int((amount or 0) * 100), currency=known)
