"""« Prix entier reçu maintenant » where staff sell: what the form offers, what the command says (FAC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregates.invoice.payments.policies import TYPED
from aggregates.kernel import Money
from schema.labels import label


def noted_methods() -> list[dict[str, str]]:
    """What staff note themselves: cheque, cash, transfer."""
    return [{"id": m.value, "name": label("fr", "payment_method", m.value)} for m in TYPED]


def received(method: str | None, price: Money) -> dict[str, Any]:
    """The command's `payment`: the whole price in that way; nothing where none is said or nothing due."""
    if not method or not price.minor:
        return {}
    return {"payment": {"method": method, "amount": price.model_dump(mode="json")}}


def beside_fields(errors: Mapping[str, str] | None) -> dict[str, str]:
    """What the command finds wrong with `payment` stands beside the way of paying."""
    return {"paid_by" if name == "payment" else name: said for name, said in (errors or {}).items()}
