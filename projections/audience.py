"""What queries for audiences look at: one row per client, their interests and places; saved queries (REQ)."""

from __future__ import annotations

from uuid import UUID

from aggregates.audience.events import QueryChanged, QueryDeleted, QuerySaved
from aggregates.client.access.events import AddressConfirmed
from aggregates.client.events import (
    CardGranted,
    CardWithdrawn,
    ContactAddressRecorded,
    ContactAddressRemoved,
    CoordinatesSet,
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierOrigin,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import Enrolled, PlaceReopened
from aggregates.client.preferences.events import (
    InterestAdded,
    InterestWithdrawn,
    PreferenceChosen,
    PreferenceRecorded,
)
from aggregates.client.registrations.events import (
    DateChosen,
    FollowedAbroad,
    FollowedBeforePortal,
    FollowedUndone,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.kernel import Erased, fold, sorting_key
from projections.model import Model, Rows, Table, Values, shown
from projections.places import locate
from schema.envelope import Recorded

LATITUDE = "coalesce(p.own_latitude, p.latitude)"
LONGITUDE = "coalesce(p.own_longitude, p.longitude)"
"""SQL for where the client `p` lives: what staff said goes before what the town tells."""

EMAIL_OK = "(p.email_ok and p.confirmed)"
"""SQL for who may get mailings: asked for, and at an address that is theirs (DOS-1, COM-6)."""

MODEL = Model(
    "audience",
    3,
    (
        Table(
            "person",
            {
                "client": "uuid",
                "active": "boolean",
                "confirmed": "boolean",
                "sort": "text",
                "country": "text",
                "postal_key": "text",
                "latitude": "double precision",
                "longitude": "double precision",
                "own_latitude": "double precision",
                "own_longitude": "double precision",
                "language": "text",
                "telephone_ok": "boolean",
                "post_ok": "boolean",
                "email_ok": "boolean",
                "has_email": "boolean",
                "has_relative": "boolean",
                "card_from": "date",
                "card_until": "date",
            },
            indexes=(
                '(country, postal_key collate "C") where active',
                f"(({LATITUDE.replace('p.', '')}), ({LONGITUDE.replace('p.', '')})) where active",
            ),
        ),
        Table("interest", {"client": "uuid", "subject": "uuid"}, keys=2, indexes=("(subject, client)",)),
        Table("student", {"client": "uuid", "phase": "uuid"}, keys=2, indexes=("(phase, client)",)),
        Table(
            "registration",
            {
                "registration": "uuid",
                "client": "uuid",
                "activity": "uuid",
                "state": "text",
                "workshop": "uuid",
                "last_day": "date",
                "ends": "timestamptz",
            },
            indexes=("(client)", "(activity, state)"),
        ),
        Table(
            "saved", {"query": "uuid", "name": "text", "sort": "text", "conditions": "text", "owner": "uuid"}
        ),
    ),
)

_NO_CONSENT = {"telephone_ok": False, "post_ok": False, "email_ok": False}
_NOWHERE = dict.fromkeys(("country", "latitude", "longitude", "own_latitude", "own_longitude"))


def _known(fact: DossierCreated | ProfileChanged) -> Values:
    code = shown(fact.postal_code)
    return {
        "sort": sorting_key(fact.last_name, fact.first_name),
        "postal_key": None if code is None else fold(code),
        "language": fact.language.value,
        **_reached(fact, code),
    }


def _reached(fact: DossierCreated | DossierRestored | ProfileChanged, code: str | None) -> Values:
    place = locate(shown(fact.city), shown(fact.country), code)
    return {
        "country": shown(fact.country),
        "latitude": None if place is None else place.latitude,
        "longitude": None if place is None else place.longitude,
        "has_email": bool(shown(fact.email)),
    }


@MODEL.on(DossierCreated)
def created(e: Recorded, fact: DossierCreated, rows: Rows) -> None:
    rows.put(
        "person",
        client=e.originator_id,
        active=True,
        confirmed=fact.origin is not DossierOrigin.CLIENT,
        own_latitude=None,
        own_longitude=None,
        has_relative=False,
        card_from=None,
        card_until=None,
        **_known(fact),
        **_NO_CONSENT,
    )


@MODEL.on(ProfileChanged)
def profile_changed(e: Recorded, fact: ProfileChanged, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), **_known(fact))


@MODEL.on(AddressConfirmed)
def address_confirmed(e: Recorded, _fact: AddressConfirmed, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), confirmed=True)


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), active=True, confirmed=True, **_reached(fact, None))


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, _fact: DossierDeactivated, rows: Rows) -> None:
    gone: Values = {"active": False, "has_email": False, "has_relative": False, **_NOWHERE, **_NO_CONSENT}
    rows.patch("person", (e.originator_id,), **gone)
    rows.delete_of("interest", e.originator_id)


@MODEL.on(DossierErased)
def erased(e: Recorded, _fact: DossierErased, rows: Rows) -> None:
    rows.delete("person", (e.originator_id,))
    rows.delete_of("interest", e.originator_id)


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    """Interests come to the surviving dossier by facts of its own."""
    for table in ("registration", "student"):
        rows.hand_over(table, e.originator_id, fact.into)
    rows.delete_of("interest", e.originator_id)
    rows.delete("person", (e.originator_id,))


@MODEL.on(CoordinatesSet)
def coordinates_set(e: Recorded, fact: CoordinatesSet, rows: Rows) -> None:
    rows.patch(
        "person",
        (e.originator_id,),
        own_latitude=shown(fact.latitude),
        own_longitude=shown(fact.longitude),
    )


@MODEL.on(ContactAddressRecorded)
def relative_recorded(e: Recorded, fact: ContactAddressRecorded, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), has_relative=not isinstance(fact.email, Erased))


@MODEL.on(ContactAddressRemoved)
def relative_removed(e: Recorded, _fact: ContactAddressRemoved, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), has_relative=False)


def answered(e: Recorded, fact: PreferenceChosen | PreferenceRecorded, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), **{f"{fact.channel.value}_ok": fact.allowed})


MODEL.on(PreferenceChosen)(answered)
MODEL.on(PreferenceRecorded)(answered)


@MODEL.on(CardGranted)
def card_granted(e: Recorded, fact: CardGranted, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), card_from=fact.valid_from, card_until=fact.valid_until)


@MODEL.on(CardWithdrawn)
def card_withdrawn(e: Recorded, _fact: CardWithdrawn, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), card_from=None, card_until=None)


def _subject(fact: InterestAdded | InterestWithdrawn) -> UUID | None:
    return shown(fact.activity) or shown(fact.phase)


@MODEL.on(InterestAdded)
def interest_added(e: Recorded, fact: InterestAdded, rows: Rows) -> None:
    if (subject := _subject(fact)) is not None:
        rows.put("interest", client=e.originator_id, subject=subject)


@MODEL.on(InterestWithdrawn)
def interest_withdrawn(e: Recorded, fact: InterestWithdrawn, rows: Rows) -> None:
    if (subject := _subject(fact)) is not None:
        rows.delete("interest", (e.originator_id, subject))


@MODEL.on(Enrolled)
def enrolled(e: Recorded, fact: Enrolled, rows: Rows) -> None:
    rows.put("student", client=e.originator_id, phase=fact.phase)


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        state="to_schedule" if fact.workshop is None else "scheduled",
        workshop=fact.workshop,
        last_day=None,
        ends=None,
    )


def followed_elsewhere(e: Recorded, fact: FollowedAbroad | FollowedBeforePortal, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        state="followed",
        workshop=None,
        last_day=fact.last_day,
        ends=None,
    )


MODEL.on(FollowedAbroad)(followed_elsewhere)
MODEL.on(FollowedBeforePortal)(followed_elsewhere)


def dated(_e: Recorded, fact: DateChosen | RegistrationRestored, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="scheduled", workshop=fact.workshop)


MODEL.on(DateChosen)(dated)
MODEL.on(RegistrationRestored)(dated)


def undated(_e: Recorded, fact: RegistrationDeferred | PlaceReopened, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="to_schedule", workshop=None)


MODEL.on(RegistrationDeferred)(undated)
MODEL.on(PlaceReopened)(undated)


@MODEL.on(RegistrationCancelled)
def cancelled(_e: Recorded, fact: RegistrationCancelled, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="cancelled")


@MODEL.on(RegistrationFollowed)
def followed(_e: Recorded, fact: RegistrationFollowed, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="followed", last_day=fact.last_day, ends=fact.ends)


@MODEL.on(FollowedUndone)
def followed_undone(_e: Recorded, fact: FollowedUndone, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="scheduled", last_day=None, ends=None)


@MODEL.on(QuerySaved)
def query_saved(e: Recorded, fact: QuerySaved, rows: Rows) -> None:
    rows.put(
        "saved",
        query=e.originator_id,
        name=fact.name,
        sort=fold(fact.name),
        conditions=fact.conditions,
        owner=fact.owner,
    )


@MODEL.on(QueryChanged)
def query_changed(e: Recorded, fact: QueryChanged, rows: Rows) -> None:
    rows.patch("saved", (e.originator_id,), name=fact.name, sort=fold(fact.name), conditions=fact.conditions)


@MODEL.on(QueryDeleted)
def query_deleted(e: Recorded, _fact: QueryDeleted, rows: Rows) -> None:
    rows.delete("saved", (e.originator_id,))
