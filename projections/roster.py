"""Who stands on which list of participants, and what is said of their payments (LIS-1)."""

from __future__ import annotations

from uuid import UUID

from aggregates.client.events import (
    ContactAddressRecorded,
    ContactAddressRemoved,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import PlaceReopened
from aggregates.client.registrations.events import (
    DateChosen,
    FollowedUndone,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.invoice.payments.events import PaymentDescribed
from aggregates.kernel import sorting_key
from aggregates.workshop.events import AssistantDismissed, AssistantNamed
from projections.model import Model, Rows, Table, shown
from schema.envelope import Recorded

MODEL = Model(
    "roster",
    5,
    (
        Table(
            "registration",
            {
                "registration": "uuid",
                "client": "uuid",
                "activity": "uuid",
                "workshop": "uuid",
                "state": "text",
                "student": "boolean",
                "retake": "boolean",
                "price": "bigint",
                "regular": "bigint",
                "currency": "text",
                "invoice": "uuid",
            },
            indexes=("(workshop) where workshop is not null",),
        ),
        Table(
            "person",
            {
                "client": "uuid",
                "last_name": "text",
                "first_name": "text",
                "sort": "text",
                "telephone": "text",
                "has_email": "boolean",
                "has_relative": "boolean",
            },
        ),
        Table("assistant", {"workshop": "uuid", "client": "uuid"}, keys=2),
        Table("given_up", {"registration": "uuid", "position": "bigint", "workshop": "uuid"}, keys=2),
        Table(
            "comment",
            {"client": "uuid", "payment": "uuid", "number": "text", "drawer": "text", "comment": "text"},
            keys=2,
        ),
    ),
)


@MODEL.on(AssistantNamed)
def assistant_named(e: Recorded, fact: AssistantNamed, rows: Rows) -> None:
    rows.put("assistant", workshop=e.originator_id, client=fact.client)


@MODEL.on(AssistantDismissed)
def assistant_dismissed(e: Recorded, fact: AssistantDismissed, rows: Rows) -> None:
    rows.delete("assistant", (e.originator_id, fact.client))


@MODEL.on(DossierCreated)
def created(e: Recorded, fact: DossierCreated, rows: Rows) -> None:
    rows.put(
        "person",
        client=e.originator_id,
        last_name=shown(fact.last_name),
        first_name=shown(fact.first_name),
        sort=sorting_key(fact.last_name, fact.first_name),
        telephone=shown(fact.telephone),
        has_email=bool(shown(fact.email)),
        has_relative=False,
    )


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch(
        "person", (e.originator_id,), telephone=shown(fact.telephone), has_email=bool(shown(fact.email))
    )


@MODEL.on(ProfileChanged)
def profile_changed(e: Recorded, fact: ProfileChanged, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id,),
        last_name=shown(fact.last_name),
        first_name=shown(fact.first_name),
        sort=sorting_key(fact.last_name, fact.first_name),
        telephone=shown(fact.telephone),
        has_email=bool(shown(fact.email)),
    )


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, _fact: DossierDeactivated, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), telephone=None, has_email=False, has_relative=False)
    rows.delete_of("comment", e.originator_id)


@MODEL.on(DossierErased)
def erased(e: Recorded, _fact: DossierErased, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))
    rows.delete_of("comment", e.originator_id)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    for registration in fact.registrations:
        rows.patch("registration", (registration,), client=fact.into)
    rows.hand_over("comment", e.originator_id, fact.into)
    rows.delete("person", (e.originator_id,))


@MODEL.on(ContactAddressRecorded)
def relative_recorded(e: Recorded, fact: ContactAddressRecorded, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), has_relative=bool(shown(fact.email)))


@MODEL.on(ContactAddressRemoved)
def relative_removed(e: Recorded, _fact: ContactAddressRemoved, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), has_relative=False)


@MODEL.on(PaymentDescribed)
def described(_e: Recorded, fact: PaymentDescribed, rows: Rows) -> None:
    rows.put(
        "comment",
        client=fact.person,
        payment=fact.payment,
        number=shown(fact.number),
        drawer=shown(fact.drawer),
        comment=shown(fact.comment),
    )


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        workshop=fact.workshop,
        state="to_schedule" if fact.workshop is None else "scheduled",
        student=fact.phase is not None,
        retake=fact.retake,
        price=fact.price.minor,
        regular=None if fact.discount is None else fact.discount.regular.minor,
        currency=fact.price.currency.value,
        invoice=fact.invoice,
    )


def _trace(e: Recorded, registration: UUID, workshop: UUID, rows: Rows) -> None:
    rows.put("given_up", registration=registration, position=e.position, workshop=workshop)


@MODEL.on(DateChosen)
def date_chosen(e: Recorded, fact: DateChosen, rows: Rows) -> None:
    if fact.given_up is not None:
        _trace(e, fact.registration, fact.given_up, rows)
    rows.patch("registration", (fact.registration,), workshop=fact.workshop, state="scheduled")


@MODEL.on(RegistrationDeferred)
def deferred(e: Recorded, fact: RegistrationDeferred, rows: Rows) -> None:
    _trace(e, fact.registration, fact.workshop, rows)
    rows.patch("registration", (fact.registration,), workshop=None, state="to_schedule")


@MODEL.on(RegistrationRestored)
def date_restored(_e: Recorded, fact: RegistrationRestored, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), workshop=fact.workshop, state="scheduled")


@MODEL.on(PlaceReopened)
def place_reopened(_e: Recorded, fact: PlaceReopened, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="to_schedule")


@MODEL.on(RegistrationCancelled)
def cancelled(_e: Recorded, fact: RegistrationCancelled, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), workshop=None, state="cancelled")


@MODEL.on(RegistrationFollowed)
def followed(_e: Recorded, fact: RegistrationFollowed, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="followed")


@MODEL.on(FollowedUndone)
def followed_undone(_e: Recorded, fact: FollowedUndone, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="scheduled")
