"""What was registered by mistake is taken off a recent invoice: values in, facts or a refusal out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from aggregates.client.registrations.refusals import LineAlreadyCancelled
from aggregates.invoice.corrections.policies import correctable
from aggregates.invoice.decisions import Verdict, cancel_line, decide_case
from aggregates.invoice.events import Fee, FeeBasis, InvoiceFact
from aggregates.invoice.policies import known_invoice, known_line
from aggregates.invoice.state import Invoice, Issued, evolve
from aggregates.kernel import Money


def take_off(
    invoice: Invoice,
    lines: Mapping[UUID, UUID],
    *,
    reason: str,
    now: datetime,
    number: str | None,
    today: date,
    by: UUID,
) -> Sequence[InvoiceFact]:
    """Each line's case is opened and decided at once, without fee; one credit note is for all (INS-10).

    `lines`: line → id of its case. `number` is the credit note's, None where there is nothing to credit.
    Raises NoSuchInvoice, NoSuchLine, InvoiceOfAnotherDay, InvoiceHasPayment, LineAlreadyCancelled.
    """
    issued = known_invoice(invoice)
    correctable(issued, today)
    nothing = Verdict(Money.zero(issued.currency))
    after: Invoice = issued
    facts: list[InvoiceFact] = []
    for line, case in lines.items():
        if line in issued.cancelled:
            raise LineAlreadyCancelled
        due = issued.price(known_line(issued, line))
        cancelled = cancel_line(after, line, note=reason, now=now, case=case, fee=Fee(basis=FeeBasis.MISTAKE))
        for fact in cancelled:
            after = evolve(after, fact)
        decided = decide_case(
            after,
            case,
            nothing,
            number=number if due.minor else None,
            today=today,
            by=by,
            needs_second=False,
        )
        for fact in decided:
            after = evolve(after, fact)
        facts += [*cancelled, *decided]
    return facts


def taken_off(invoice: Issued, lines: Sequence[UUID]) -> Money:
    """What the credit note for these lines comes to. Raises NoSuchLine."""
    return Money.total(invoice.currency, (invoice.price(known_line(invoice, line)) for line in lines))
