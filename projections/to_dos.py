"""What waits for somebody and no other list tells: reports, proposals, calls, closing (LIS-4, ATE-7)."""

from __future__ import annotations

from aggregates.client.access.events import LinkAsked
from aggregates.client.events import (
    DossierDeactivated,
    DossierErased,
    DossierMatch,
    DossierRestored,
    PriceAdjustmentAsked,
    PriceAdjustmentRefused,
    SecondDossierAttempted,
    SecondDossierSettled,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import MissingPlaceReported
from aggregates.client.removal.events import DeletionProposed, DeletionWithdrawn
from aggregates.ledger.events import DifferenceSettled, PaymentDiffered
from aggregates.links import LinkPurpose
from aggregates.workshop.closing.events import (
    CallNoted,
    EnvelopeListed,
    ExpenseUploaded,
    ReopeningProposed,
    RosterGivenBack,
    RosterHandedOver,
    TaxReceiptsSent,
    WorkshopClosed,
    WorkshopReopened,
)
from aggregates.workshop.events import WorkshopCancelled, WorkshopMoved, WorkshopPlanned, WorkshopRestored
from projections.model import Model, Rows, Table
from schema.envelope import Recorded

_ONLINE = "online"

MODEL = Model(
    "to_dos",
    5,
    (
        Table(
            "place_reported",
            {"client": "uuid", "activity": "uuid", "enrolment": "uuid", "at": "timestamptz"},
            keys=2,
        ),
        Table("price_asked", {"client": "uuid", "activity": "uuid", "at": "timestamptz"}, keys=2),
        Table("second_dossier", {"client": "uuid", "at": "timestamptz"}),
        Table("deletion", {"client": "uuid", "by_user": "uuid", "at": "timestamptz"}),
        Table(
            "closing",
            {
                "workshop": "uuid",
                "ends": "timestamptz",
                "region": "text",
                "independent": "boolean",
                "handed_over": "boolean",
                "envelope": "boolean",
                "closed": "boolean",
                "cancelled": "boolean",
                "reopening_by": "uuid",
                "reopening_at": "timestamptz",
                "closed_at": "timestamptz",
                "receipts_sent": "boolean",
            },
            indexes=(
                "(ends, workshop) where not closed and not cancelled",
                "(closed_at) where closed and not receipts_sent",
                "(reopening_at) where reopening_by is not null",
            ),
        ),
        Table("off", {"workshop": "uuid", "at": "timestamptz"}),
        Table("to_call", {"workshop": "uuid", "registration": "uuid"}, keys=2),
        Table("expense", {"workshop": "uuid", "expense": "text"}, keys=2),
        Table(
            "paper",
            {"workshop": "uuid", "document": "uuid", "expense": "text", "at": "timestamptz"},
            keys=2,
        ),
        Table(
            "difference",
            {
                "difference": "uuid",
                "kind": "text",
                "amount": "bigint",
                "invoice": "uuid",
                "at": "timestamptz",
            },
        ),
    ),
)


@MODEL.on(MissingPlaceReported)
def place_reported(e: Recorded, fact: MissingPlaceReported, rows: Rows) -> None:
    rows.put(
        "place_reported",
        client=fact.person,
        activity=fact.activity,
        enrolment=fact.enrolment,
        at=e.envelope.at,
    )


@MODEL.on(PriceAdjustmentAsked)
def price_asked(e: Recorded, fact: PriceAdjustmentAsked, rows: Rows) -> None:
    rows.put("price_asked", client=fact.person, activity=fact.activity, at=e.envelope.at)


@MODEL.on(PriceAdjustmentRefused)
def price_refused(_e: Recorded, fact: PriceAdjustmentRefused, rows: Rows) -> None:
    rows.delete("price_asked", (fact.person, fact.activity))


@MODEL.on(SecondDossierAttempted)
def signed_up_anew(e: Recorded, fact: SecondDossierAttempted, rows: Rows) -> None:
    """Whose address is known was sent a link; who has only the same name and postal code needs people."""
    if fact.match is DossierMatch.PERSON:
        rows.put("second_dossier", client=e.originator_id, at=e.envelope.at)


@MODEL.on(LinkAsked)
def invited(e: Recorded, fact: LinkAsked, rows: Rows) -> None:
    if fact.purpose in (LinkPurpose.INVITATION, LinkPurpose.ACTIVATION):
        rows.delete("second_dossier", (e.originator_id,))


def looked_at(e: Recorded, _fact: SecondDossierSettled | DossierRestored, rows: Rows) -> None:
    rows.delete("second_dossier", (e.originator_id,))


MODEL.on(SecondDossierSettled)(looked_at)
MODEL.on(DossierRestored)(looked_at)


@MODEL.on(DeletionProposed)
def deletion_proposed(e: Recorded, fact: DeletionProposed, rows: Rows) -> None:
    rows.put("deletion", client=fact.person, by_user=fact.by, at=e.envelope.at)


def deletion_over(
    e: Recorded, fact: DeletionWithdrawn | DossierDeactivated | DossierErased, rows: Rows
) -> None:
    rows.delete("deletion", (e.originator_id,))
    if isinstance(fact, DossierErased):
        rows.delete("second_dossier", (e.originator_id,))


MODEL.on(DeletionWithdrawn)(deletion_over)
MODEL.on(DossierDeactivated)(deletion_over)
MODEL.on(DossierErased)(deletion_over)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    """What was asked of accounting or waits for the office, the surviving dossier asks anew."""
    rows.hand_over("place_reported", e.originator_id, fact.into)
    rows.delete_of("price_asked", e.originator_id)
    rows.delete("second_dossier", (e.originator_id,))


@MODEL.on(WorkshopPlanned)
def planned(e: Recorded, fact: WorkshopPlanned, rows: Rows) -> None:
    rows.put(
        "closing",
        workshop=e.originator_id,
        ends=fact.sessions[-1].ends,
        region=_ONLINE if fact.region is None else fact.region.value,
        independent=fact.independent,
        handed_over=False,
        envelope=False,
        closed=False,
        cancelled=False,
        reopening_by=None,
        reopening_at=None,
        closed_at=None,
        receipts_sent=False,
    )


@MODEL.on(WorkshopMoved)
def moved(e: Recorded, fact: WorkshopMoved, rows: Rows) -> None:
    region = _ONLINE if fact.region is None else fact.region.value
    rows.patch("closing", (e.originator_id,), ends=fact.sessions[-1].ends, region=region)


@MODEL.on(WorkshopCancelled)
def workshop_cancelled(e: Recorded, fact: WorkshopCancelled, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), cancelled=True)
    rows.put("off", workshop=e.originator_id, at=e.envelope.at)
    for registration in fact.registrations:
        rows.put("to_call", workshop=e.originator_id, registration=registration)


@MODEL.on(CallNoted)
def call_noted(e: Recorded, fact: CallNoted, rows: Rows) -> None:
    """Who couldn't be reached is still to be called; after a closing nobody stands on this list."""
    if fact.called:
        rows.delete("to_call", (e.originator_id, fact.registration))


@MODEL.on(WorkshopRestored)
def workshop_restored(e: Recorded, _fact: WorkshopRestored, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), cancelled=False)
    rows.delete("off", (e.originator_id,))
    rows.delete_of("to_call", e.originator_id)


@MODEL.on(RosterHandedOver)
def handed_over(e: Recorded, _fact: RosterHandedOver, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), handed_over=True)


@MODEL.on(RosterGivenBack)
def given_back(e: Recorded, _fact: RosterGivenBack, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), handed_over=False)


@MODEL.on(EnvelopeListed)
def envelope_listed(e: Recorded, _fact: EnvelopeListed, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), envelope=True)


@MODEL.on(ExpenseUploaded)
def expense_uploaded(e: Recorded, fact: ExpenseUploaded, rows: Rows) -> None:
    rows.put("expense", workshop=e.originator_id, expense=fact.expense.value)
    if fact.document is not None:
        rows.put(
            "paper",
            workshop=e.originator_id,
            document=fact.document,
            expense=fact.expense.value,
            at=e.envelope.at,
        )


@MODEL.on(WorkshopClosed)
def closed(e: Recorded, _fact: WorkshopClosed, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), closed=True, closed_at=e.envelope.at)


@MODEL.on(TaxReceiptsSent)
def receipts_sent(e: Recorded, _fact: TaxReceiptsSent, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), receipts_sent=True)


@MODEL.on(ReopeningProposed)
def reopening_proposed(e: Recorded, fact: ReopeningProposed, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), reopening_by=fact.by, reopening_at=e.envelope.at)


@MODEL.on(WorkshopReopened)
def reopened(e: Recorded, _fact: WorkshopReopened, rows: Rows) -> None:
    rows.patch("closing", (e.originator_id,), closed=False, reopening_by=None, reopening_at=None)


@MODEL.on(PaymentDiffered)
def payment_differed(e: Recorded, fact: PaymentDiffered, rows: Rows) -> None:
    """The amount is what the two sides are apart."""
    sides = [0 if side is None else abs(side.minor) for side in (fact.provider, fact.booked)]
    rows.put(
        "difference",
        difference=fact.difference,
        kind=fact.kind.value,
        amount=max(sides) - min(sides),
        invoice=fact.invoice,
        at=e.envelope.at,
    )


@MODEL.on(DifferenceSettled)
def difference_settled(_e: Recorded, fact: DifferenceSettled, rows: Rows) -> None:
    rows.delete("difference", (fact.difference,))
