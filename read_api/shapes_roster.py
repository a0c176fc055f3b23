"""What the list of participants looks like, for the OpenAPI file."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from read_api.shapes import ID, Amount, PageOf, Shape, Workshop, like


class TrainerNote(Shape):
    """The « i » beside the name (DOS-13)."""

    text: str = like("Porte un appareil auditif.")
    at: datetime = like("2026-11-24T15:04:05Z")
    by: str = like("Marc Ouellet")


class ByMethod(Shape):
    """What is paid, by how it came in."""

    cheque: Amount
    cash: Amount
    transfer: Amount
    card: Amount
    credit: Amount
    taken_over: Amount = Field(description="In another system (IMP-1).")


class Paid(Shape):
    """What lies on the registration; `noted` of it awaits its deposit (FAC-2)."""

    paid: Amount
    noted: Amount
    by_method: ByMethod


class Comment(Shape):
    """What was written about a payment."""

    payment: UUID = like(ID)
    method: Literal["card", "cheque", "cash", "transfer", "credit", "taken_over"] = like("cheque")
    number: str | None = like("0412")
    drawer: str | None = like("Zoé D'Arcy")
    comment: str | None = like("À déposer en janvier.")


class ProofOfDiscount(Shape):
    """How far the proof is that the discount needs (INS-6)."""

    state: Literal["asked", "received", "accepted", "rejected", "missing"] = like("asked")
    regular: Amount | None = Field(description="The price without it.")
    lacking: Amount | None = Field(
        description="« Sans preuve »: of the regular price, what is neither invoiced nor received (INS-6)."
    )


class Participant(Shape):
    """A row of the list of participants (LIS-1); money is null for who may not see it."""

    registration: UUID = like(ID)
    client: UUID = like(ID)
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")
    state: Literal["scheduled", "followed"] = like("scheduled", "`followed`: ticked present.")
    student: bool = like(True, "Mark E.")
    retake: bool = like(False, "Mark R.")
    has_email: bool = like(True, "Their own, or a relative's (DOS-6).")
    via_relative: bool = like(False)
    telephone: str | None = like("+1 450 555-0143")
    trainer_note: TrainerNote | None
    finishes_phase: int | None = like(None, "« phase terminée »: all others of this phase are followed.")
    given_up: list[datetime] = like([], "Starts of the dates given up before, oldest first.")
    red_flag: bool = like(False, "The accounting note says why; only for who may see money.")
    price: Amount | None
    regular: Amount | None = Field(description="The price without the discount, where there is one.")
    balance: Amount | None
    payments: Paid | None
    comments: list[Comment]
    proof: ProofOfDiscount | None
    invoice: UUID | None = like(ID)


class Assistant(Shape):
    """A client who helps there and takes no seat (LIS-1)."""

    client: UUID = like(ID)
    dossier: UUID | None = like(ID, description="The dossier that one is part of since.")
    last_name: str = like("D'Arcy-Lévesque")
    first_name: str = like("Éloïse")


class Roster(PageOf[Participant]):
    """The list of participants with its workshop; always whole."""

    workshop: Workshop
    assistants: list[Assistant]
