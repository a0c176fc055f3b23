"""What may be done on an invoice: from the fields of each form to its command (FAC-2, FAC-4, FAC-9)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from starlette.datastructures import FormData

from commands.invoices.address_invoice import AddressInvoice
from commands.invoices.correct_invoice import CorrectInvoice
from commands.payments.approve_refund import ApproveRefund
from commands.payments.bounce_payments import BouncePayments
from commands.payments.correct_payment import CorrectPayment
from commands.payments.credit_line import CreditLine
from commands.payments.decide_case import DecideCase
from commands.payments.deposit_payments import DepositPayments
from commands.payments.move_credit import MoveCredit
from commands.payments.note_payment import NotePayment
from commands.payments.raise_price import RaisePrice
from commands.payments.refund_credit import RefundCredit
from commands.payments.withdraw_payment import WithdrawPayment
from commands.payments.withdraw_refund import WithdrawRefund
from commands.registrations.tell_of_mistake import TellOfMistake
from portal import form
from portal.acts import FormAct
from projections.query import Row


def _currency(invoice: Row) -> str:
    return str(invoice["balance"]["currency"])


def _client(invoice: Row) -> dict[str, Any]:
    return {"client": invoice["client"]["id"], "invoice": invoice["id"]}


def _zero(currency: str) -> dict[str, Any]:
    return {"minor": 0, "currency": currency}


def _refunds(invoice: Row, filled: FormData) -> Iterator[dict[str, Any]]:
    """One row per payment: what of it is given back, and how."""
    for payment in invoice["payments"]:
        given = form.amount(filled, f"refund-{payment['id']}", _currency(invoice))
        if given is not None and given["minor"]:
            method = form.text(filled, f"method-{payment['id']}") or payment["method"]
            yield {"payment": payment["id"], "amount": given, "method": method}


def _decide(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    currency = _currency(invoice)
    fields = _client(invoice) | {
        "case": form.text(filled, "case"),
        "fee": form.amount(filled, "fee", currency) or _zero(currency),
        "refunds": tuple(_refunds(invoice, filled)),
    }
    moved = form.amount(filled, "moved", currency)
    if moved is not None and moved["minor"]:
        fields["credit"] = {"invoice": form.text(filled, "to"), "amount": moved}
    return fields


def _refund(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return {"invoice": invoice["id"], "refunds": tuple(_refunds(invoice, filled))}


def _move(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    moved = form.amount(filled, "moved", _currency(invoice))
    return _client(invoice) | {"to": form.text(filled, "to"), "amount": moved}


def _of_payments(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return {"payments": ({"invoice": invoice["id"], "payment": form.text(filled, "payment")},)}


def _withdraw(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return _client(invoice) | {
        "payment": form.text(filled, "payment"),
        "reason": form.text(filled, "reason"),
    }


def _correct(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    changed = {
        "method": form.text(filled, "method"),
        "amount": form.amount(filled, "amount", _currency(invoice)),
    }
    return {**_withdraw(invoice, filled), **changed}


def _note(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    typed = {name: form.text(filled, name) for name in ("method", "number", "drawer", "comment")}
    part = {
        "client": invoice["client"]["id"],
        "invoice": invoice["id"],
        "amount": form.amount(filled, "amount", _currency(invoice)),
    }
    return {"payment": typed, "parts": (part,)}


def _credit(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return _client(invoice) | {
        "line": form.text(filled, "line"),
        "amount": form.amount(filled, "amount", _currency(invoice)),
        "reason": form.text(filled, "reason"),
    }


def _raise(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return {
        "client": invoice["client"]["id"],
        "registration": form.text(filled, "registration"),
        "amount": form.amount(filled, "amount", _currency(invoice)),
        "reason": form.text(filled, "reason"),
    }


def _refund_known(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return {"invoice": invoice["id"], "refund": form.text(filled, "refund")}


def _tell(invoice: Row, _filled: FormData) -> Mapping[str, Any]:
    return _client(invoice)


def _take_off(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    chosen = [str(value) for value in filled.getlist("remove")]
    return _client(invoice) | {"reason": form.text(filled, "reason"), "remove": tuple(chosen)}


def _address(invoice: Row, filled: FormData) -> Mapping[str, Any]:
    return _client(invoice) | {"name": form.text(filled, "name"), "address": form.text(filled, "address")}


ACTS: Mapping[str, FormAct[Row]] = {
    "decide": FormAct(DecideCase, "case_decided", _decide),
    "refund": FormAct(RefundCredit, "credit_refunded", _refund),
    "move": FormAct(MoveCredit, "credit_moved", _move),
    "approve_refund": FormAct(ApproveRefund, "refund_approved", _refund_known),
    "withdraw_refund": FormAct(WithdrawRefund, "refund_withdrawn", _refund_known),
    "note": FormAct(NotePayment, "payment_noted", _note),
    "deposit": FormAct(DepositPayments, "deposited", _of_payments),
    "bounce": FormAct(BouncePayments, "bounced", _of_payments),
    "correct": FormAct(CorrectPayment, "payment_corrected", _correct),
    "withdraw": FormAct(WithdrawPayment, "payment_withdrawn", _withdraw),
    "credit": FormAct(CreditLine, "line_credited", _credit),
    "take_off": FormAct(CorrectInvoice, "taken_off", _take_off),
    "tell": FormAct(TellOfMistake, "mistake_told", _tell),
    "raise": FormAct(RaisePrice, "price_raised", _raise),
    "address": FormAct(AddressInvoice, "invoice_addressed", _address),
}
