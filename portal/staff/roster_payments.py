"""Money typed in the list of participants, /ateliers/{id}/participants?saisie=1 (LIS-3, FAC-2, FAC-5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData

from portal import form
from projections.query import Row

METHODS = ("cheque", "cash")


@dataclass(frozen=True)
class TypedPayment:
    """What was typed in one cell of the list, and the command's fields that say it."""

    field: str
    person: str
    fields: dict[str, Any]


def typed_payments(rows: list[Row], filled: FormData) -> Iterator[TypedPayment]:
    """A payment per cell that is not empty, in the order of the list. Raises NotAnAmountError."""
    for row in rows:
        for method in METHODS:
            name = f"{method}-{row['registration']}"
            amount = form.amount(filled, name, row["price"]["currency"])
            if amount is None:
                continue
            part = {"client": row["client"], "registration": row["registration"], "amount": amount}
            payment = {"method": method}
            comment = form.text(filled, f"comment-{row['registration']}")
            if method == "cheque" and comment is not None:
                payment["comment"] = comment
            person = f"{row['first_name']} {row['last_name']}"
            yield TypedPayment(name, person, {"payment": payment, "parts": (part,)})
