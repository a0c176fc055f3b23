"""What the list of participants looks like, for the OpenAPI file."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from read_api.shapes import Amount, PageOf, Shape, Workshop

_ID = "4f0c7a52-6f0e-4f5e-9d5e-0a7c3f1c2b3d"


def _like(example: Any, description: str | None = None) -> Any:
    return Field(examples=[example], description=description)


class TrainerNote(Shape):
    """The « i » beside the name (DOS-13)."""

    text: str = _like("Porte un appareil auditif.")
    at: datetime = _like("2026-11-24T15:04:05Z")
    by: str = _like("Marc Ouellet")


class ByMethod(Shape):
    """What is paid, by how it came in."""

    cheque: Amount
    cash: Amount
    transfer: Amount
    card: Amount
    credit: Amount


class Paid(Shape):
    """What lies on the registration; `noted` of it awaits its deposit (FAC-2)."""

    paid: Amount
    noted: Amount
    by_method: ByMethod


class Comment(Shape):
    """What was written about a payment."""

    payment: UUID = _like(_ID)
    method: Literal["card", "cheque", "cash", "transfer", "credit"] = _like("cheque")
    number: str | None = _like("0412")
    drawer: str | None = _like("Zoé D'Arcy")
    comment: str | None = _like("À déposer en janvier.")


class ProofOfDiscount(Shape):
    """How far the proof is that the discount needs (INS-6)."""

    state: Literal["asked", "received", "accepted", "rejected", "missing"] = _like("asked")
    regular: Amount | None = Field(description="The price without it.")


class Participant(Shape):
    """A row of the list of participants (LIS-1); money is null for who may not see it."""

    registration: UUID = _like(_ID)
    client: UUID = _like(_ID)
    last_name: str = _like("D'Arcy-Lévesque")
    first_name: str = _like("Éloïse")
    state: Literal["scheduled", "followed"] = _like("scheduled", "`followed`: ticked present.")
    student: bool = _like(True, "Mark E.")
    retake: bool = _like(False, "Mark R.")
    has_email: bool = _like(True, "Their own, or a relative's (DOS-6).")
    via_relative: bool = _like(False)
    telephone: str | None = _like("+1 450 555-0143")
    trainer_note: TrainerNote | None
    finishes_phase: int | None = _like(None, "« phase terminée »: all others of this phase are followed.")
    given_up: list[datetime] = _like([], "Starts of the dates given up before, oldest first.")
    red_flag: bool = _like(False, "The accounting note says why; only for who may see money.")
    price: Amount | None
    regular: Amount | None = Field(description="The price without the discount, where there is one.")
    balance: Amount | None
    payments: Paid | None
    comments: list[Comment]
    proof: ProofOfDiscount | None
    invoice: UUID | None = _like(_ID)


class Roster(PageOf[Participant]):
    """The list of participants with its workshop; always whole."""

    workshop: Workshop
