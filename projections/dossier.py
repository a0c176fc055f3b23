"""The dossier: identity, registrations by situation with their traces, invoices; and the search (DOS-17)."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from aggregates.client.events import (
    DossierCreated,
    DossierDeactivated,
    DossierErased,
    DossierRestored,
    ProfileChanged,
)
from aggregates.client.merging.events import DossierMerged
from aggregates.client.phases.events import PlaceReopened
from aggregates.client.registrations.events import (
    FULL_PAYMENT_HOURS,
    DateChosen,
    FollowedUndone,
    Registered,
    RegistrationCancelled,
    RegistrationDeferred,
    RegistrationFollowed,
    RegistrationRestored,
)
from aggregates.invoice.events import InvoiceIssued, InvoiceTakenOver
from aggregates.kernel import sorting_key
from projections import searching
from projections.balances import (
    BALANCE_OF_INVOICE,
    BALANCE_OF_REGISTRATION,
    IS_VOID,
    PAID_OF_REGISTRATION,
    TOTAL_OF_INVOICE,
)
from projections.merged import FILES_OF
from projections.model import Model, Rows, Table, Values, shown
from projections.query import MASKED, Reads, Row, instant, money, value
from projections.searching import PERSON
from schema.envelope import Recorded

MODEL = Model(
    "dossier",
    10,
    (
        Table(
            "person",
            {
                "client": "uuid",
                "state": "text",
                "last_name": "text",
                "first_name": "text",
                "sort": "text",
                "form_of_address": "text",
                "email": "text",
                "telephone": "text",
                "street": "text",
                "city": "text",
                "postal_code": "text",
                "country": "text",
                "language": "text",
                "created_at": "timestamptz",
                "merged_into": "uuid",
                **searching.KEYS,
            },
            indexes=(
                '(sort collate "C", client)',
                "(merged_into) where merged_into is not null",
                *searching.INDEXES,
            ),
        ),
        Table(
            "registration",
            {
                "registration": "uuid",
                "client": "uuid",
                "activity": "uuid",
                "state": "text",
                "workshop": "uuid",
                "student": "boolean",
                "retake": "boolean",
                "invoice": "uuid",
                "price": "bigint",
                "deposit": "bigint",
                "full_payment_hours": "integer",
                "currency": "text",
                "changed_at": "timestamptz",
            },
            indexes=("(client)",),
        ),
        Table(
            "given_up",
            {
                "registration": "uuid",
                "position": "bigint",
                "workshop": "uuid",
                "at": "timestamptz",
                "by_user": "uuid",
            },
            keys=2,
        ),
        Table(
            "invoice",
            {
                "invoice": "uuid",
                "client": "uuid",
                "number": "text",
                "currency": "text",
                "issued_on": "date",
            },
            indexes=("(client)", "(number)"),
        ),
    ),
)


def _named(fact: DossierCreated | ProfileChanged) -> Values:
    return {
        "last_name": shown(fact.last_name),
        "first_name": shown(fact.first_name),
        "sort": sorting_key(fact.last_name, fact.first_name),
        "words": searching.words(fact.last_name, fact.first_name),
        "near": searching.near(fact.last_name, fact.first_name),
        "postal_code": shown(fact.postal_code),
        "language": fact.language.value,
    }


def _reached(fact: DossierCreated | DossierRestored | ProfileChanged) -> Values:
    form = shown(fact.form_of_address)
    return {
        "form_of_address": None if form is None else form.value,
        "email": shown(fact.email),
        "telephone": shown(fact.telephone),
        "street": shown(fact.street),
        "city": shown(fact.city),
        "country": shown(fact.country),
        **searching.contact_keys(fact.email, fact.telephone),
    }


@MODEL.on(DossierCreated)
def created(e: Recorded, fact: DossierCreated, rows: Rows) -> None:
    rows.put(
        "person",
        client=e.originator_id,
        state="active",
        created_at=e.envelope.at,
        merged_into=None,
        **_named(fact),
        **_reached(fact),
    )


@MODEL.on(DossierRestored)
def restored(e: Recorded, fact: DossierRestored, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), state="active", **_reached(fact))


@MODEL.on(ProfileChanged)
def profile_changed(e: Recorded, fact: ProfileChanged, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), **_named(fact), **_reached(fact))


CONTACT = ("form_of_address", "email", "telephone", "street", "city", "country")
_CONTACT = dict.fromkeys((*CONTACT, "email_key", "telephone_key"))


@MODEL.on(DossierMerged)
def merged(e: Recorded, fact: DossierMerged, rows: Rows) -> None:
    """Its row stays: it leads to the surviving dossier, and names who is named in what came before."""
    rows.patch("person", (e.originator_id,), state="merged", merged_into=fact.into)
    for table in ("registration", "invoice"):
        rows.hand_over(table, e.originator_id, fact.into)


@MODEL.on(DossierDeactivated)
def deactivated(e: Recorded, fact: DossierDeactivated, rows: Rows) -> None:
    rows.patch("person", (e.originator_id,), state="deactivated", **_CONTACT)
    for part in fact.merged:
        rows.patch("person", (part,), **_CONTACT)


@MODEL.on(DossierErased)
def erased(e: Recorded, fact: DossierErased, rows: Rows) -> None:
    identity = dict.fromkeys(("last_name", "first_name", "sort", "words", "near", "postal_code"))
    rows.patch("person", (e.originator_id,), state="erased", **_CONTACT, **identity)
    for part in fact.merged:
        rows.patch("person", (part,), state="erased", **_CONTACT, **identity)


@MODEL.on(Registered)
def registered(e: Recorded, fact: Registered, rows: Rows) -> None:
    rows.put(
        "registration",
        registration=fact.registration,
        client=e.originator_id,
        activity=fact.activity,
        state="to_schedule" if fact.workshop is None else "scheduled",
        workshop=fact.workshop,
        student=fact.phase is not None,
        retake=fact.retake,
        invoice=fact.invoice,
        price=fact.price.minor,
        deposit=fact.deposit.minor,
        full_payment_hours=FULL_PAYMENT_HOURS if fact.terms is None else fact.terms.full_payment_hours,
        currency=fact.price.currency.value,
        changed_at=e.envelope.at,
    )


def _trace(e: Recorded, registration: UUID, workshop: UUID, rows: Rows) -> None:
    rows.put(
        "given_up",
        registration=registration,
        position=e.position,
        workshop=workshop,
        at=e.envelope.at,
        by_user=e.envelope.user,
    )


@MODEL.on(DateChosen)
def date_chosen(e: Recorded, fact: DateChosen, rows: Rows) -> None:
    if fact.given_up is not None:
        _trace(e, fact.registration, fact.given_up, rows)
    rows.patch(
        "registration",
        (fact.registration,),
        workshop=fact.workshop,
        state="scheduled",
        changed_at=e.envelope.at,
    )


@MODEL.on(RegistrationDeferred)
def deferred(e: Recorded, fact: RegistrationDeferred, rows: Rows) -> None:
    _trace(e, fact.registration, fact.workshop, rows)
    rows.patch(
        "registration", (fact.registration,), workshop=None, state="to_schedule", changed_at=e.envelope.at
    )


@MODEL.on(RegistrationRestored)
def date_restored(e: Recorded, fact: RegistrationRestored, rows: Rows) -> None:
    rows.patch(
        "registration",
        (fact.registration,),
        workshop=fact.workshop,
        state="scheduled",
        changed_at=e.envelope.at,
    )


@MODEL.on(PlaceReopened)
def place_reopened(e: Recorded, fact: PlaceReopened, rows: Rows) -> None:
    rows.patch(
        "registration", (fact.registration,), workshop=None, state="to_schedule", changed_at=e.envelope.at
    )


@MODEL.on(RegistrationCancelled)
def cancelled(e: Recorded, fact: RegistrationCancelled, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="cancelled", changed_at=e.envelope.at)


@MODEL.on(RegistrationFollowed)
def followed(e: Recorded, fact: RegistrationFollowed, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="followed", changed_at=e.envelope.at)


@MODEL.on(FollowedUndone)
def followed_undone(e: Recorded, fact: FollowedUndone, rows: Rows) -> None:
    rows.patch("registration", (fact.registration,), state="scheduled", changed_at=e.envelope.at)


def billed(e: Recorded, fact: InvoiceIssued | InvoiceTakenOver, rows: Rows) -> None:
    rows.put(
        "invoice",
        invoice=e.originator_id,
        client=fact.person,
        number=fact.number,
        currency=fact.currency.value,
        issued_on=fact.issued_on,
    )


MODEL.on(InvoiceIssued)(billed)
MODEL.on(InvoiceTakenOver)(billed)


def masked(row: Row) -> Row:
    """A person's row without what one could reach them by; what is empty or erased stays so."""
    hidden = {n: MASKED for n in CONTACT if n in row and row[n] not in (None, "[effacé]")}
    return row | hidden


async def identity(connection: Reads, client: UUID) -> Row | None:
    """Who the dossier is for."""
    person = f"select {PERSON} from read.dossier_person p where client = %s"
    query = f"select row_to_json(q)::text from ({person}) q"
    return cast("Row | None", await value(connection, query, (client,)))


_DATE = f"""case when w.workshop is null then null else json_build_object('id', w.workshop,
    'starts', {instant("w.starts")}, 'ends', {instant("w.ends")}, 'zone', w.zone,
    'venue', case when v.venue is null then null
             else json_build_object('name', v.name, 'city', v.city, 'country', v.country) end) end"""
_JOINS = """
    left join read.catalogue_activity a on a.activity = r.activity
    left join read.catalogue_venue v on v.venue = w.venue
"""


async def registrations(connection: Reads, client: UUID) -> list[Row]:
    """All registrations: INSCRIT and À PLANIFIER on top, SUIVI, then ANNULÉS; newest date first."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select r.registration as id, r.state, a.name as activity, r.activity as activity_id, r.student,
                r.retake, r.full_payment_hours, {_DATE} as workshop, i.number as invoice_number, r.invoice,
                {money("r.price", "r.currency")} as price, {money("r.deposit", "r.currency")} as deposit,
                {money(PAID_OF_REGISTRATION, "r.currency")} as paid,
                {money(BALANCE_OF_REGISTRATION, "r.currency")} as balance
            from read.dossier_registration r
            left join read.workshop_dates_workshop w on w.workshop = r.workshop {_JOINS}
            left join read.dossier_invoice i on i.invoice = r.invoice
            where r.client = %s
            order by array_position(array['scheduled', 'to_schedule', 'followed', 'cancelled'], r.state),
                w.starts desc nulls last, r.changed_at desc, r.registration) q"""
    return cast("list[Row]", await value(connection, query, (client,)))


async def given_up(connection: Reads, client: UUID) -> list[Row]:
    """Dates given up, newest first: the traces under ANNULÉS (INS-7)."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select a.name as activity, {_DATE} as workshop, {instant("g.at")} as at,
                coalesce(s.name, case when g.by_user = any({FILES_OF.format("r.client")})
                         then p.first_name || ' ' || p.last_name end, '') as by
            from read.dossier_registration r
            join read.dossier_given_up g on g.registration = r.registration
            join read.workshop_dates_workshop w on w.workshop = g.workshop {_JOINS}
            left join read.catalogue_staff s on s.staff = g.by_user
            left join read.dossier_person p on p.client = r.client
            where r.client = %s order by g.position desc) q"""
    return cast("list[Row]", await value(connection, query, (client,)))


async def invoices(connection: Reads, client: UUID) -> list[Row]:
    """The client's invoices with what is still due on each."""
    query = f"""
        select coalesce(json_agg(row_to_json(q)), '[]')::text from (
            select i.invoice as id, i.number, i.issued_on,
                {money(TOTAL_OF_INVOICE, "i.currency")} as total,
                {money(BALANCE_OF_INVOICE, "i.currency")} as balance,
                {IS_VOID} as void
            from read.dossier_invoice i where i.client = %s
            order by i.issued_on desc, i.number desc) q"""
    return cast("list[Row]", await value(connection, query, (client,)))


async def is_invoice(connection: Reads, invoice: UUID) -> bool:
    """Whether there is such an invoice."""
    cursor = await connection.execute("select 1 from read.dossier_invoice where invoice = %s", (invoice,))
    return await cursor.fetchone() is not None


async def greeted(connection: Reads, client: UUID) -> tuple[str | None, str | None]:
    """The client's name and language, for each of their pages."""
    cursor = await connection.execute(
        "select first_name || ' ' || last_name, language from read.dossier_person where client = %s",
        (client,),
    )
    return await cursor.fetchone() or (None, None)


async def names(connection: Reads, ids: list[UUID]) -> dict[UUID, str]:
    """Names of these clients."""
    cursor = await connection.execute(
        "select client, first_name || ' ' || last_name from read.dossier_person where client = any(%s)",
        (ids,),
    )
    return {client: name for client, name in await cursor.fetchall() if name is not None}
