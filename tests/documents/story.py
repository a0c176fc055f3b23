"""A small school under the demo school's settings, in which something of every document came to be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from aggregates.catalogue.settings import Region
from aggregates.client.events import FormOfAddress, Language
from aggregates.invoice.payments.events import PaymentMethod
from aggregates.kernel import Currency, Money, Role
from commands.catalogue.change_settings import ChangeSettings
from commands.invoices.address_invoice import AddressInvoice
from commands.paying import FirstPayment, Typed
from commands.payments.credit_line import CreditLine
from commands.payments.decide_case import DecideCase
from commands.payments.note_payment import NotePayment, Part
from commands.payments.raise_price import RaisePrice
from commands.registrations.cancel_registration import CancelRegistration
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.staff.add_staff import AddStaff
from commands.workshops.close_workshop import CloseWorkshop
from commands.workshops.plan_workshop import PlannedSession
from commands.workshops.tick_attendance import TickAttendance
from service.demo.school import school as demo_school
from tests.support.write_side import ACCOUNTING, ADMIN, School, Sold

NOW = datetime(2026, 11, 24, 15, tzinfo=UTC)
LATER = datetime(2026, 12, 14, 15, tzinfo=UTC)
"""When the workshop in Laval is over and closed."""
HOSTILE = [
    ('#eval(read("/etc/passwd"))', "*_`$x^2$`_*"),
    ("\\ \\u{202e} // /* ]#[", "@ref <label> ~"),
    ("العربي", "محمد"),
    ("כהן", "דוד"),
    ("李", "小龍"),
    ("Wolfeschlegelsteinhausenbergerdorffwelchevoralternwarengewissenhaftschafers", "Hubert"),
]
"""Names that would be markup, turn the reading order, are in other scripts, or longer than their column."""


def cad(amount: float) -> Money:
    return Money(minor=round(amount * 100), currency=Currency.CAD)


@dataclass
class Told:
    """Ids of what came to be."""

    school: School
    organiser: UUID
    laval: UUID
    lyon: UUID
    eloise: Sold
    margaret: Sold
    camille: Sold
    credit_note: str
    supplement: UUID
    company: UUID
    student: UUID
    enrolment: UUID
    phase_invoice: UUID


def tell(school: School) -> Told:
    """Let it all happen."""
    school.now(NOW)
    school.send(ChangeSettings(seen_version=0, settings=demo_school().settings), ADMIN)
    organiser = _staff(school, "Geneviève Saint-Amand")
    laval, lyon, activity = _dates(school, organiser)
    eloise = _eloise(school, activity, laval)
    margaret = _margaret(school, activity, laval)
    credit_note = _credited(school, margaret)
    supplement = _raised(school, eloise)
    camille = _camille(school, activity, lyon)
    company = _company(school, activity, laval)
    student, enrolment, invoice = _student(school)
    for last_name, first_name in HOSTILE:
        hostile = school.client(last_name=last_name, first_name=first_name)
        school.registration(hostile, activity, laval)
    return Told(
        school,
        organiser,
        laval,
        lyon,
        eloise,
        margaret,
        camille,
        credit_note,
        supplement,
        company,
        student,
        enrolment,
        invoice,
    )


def attended_and_closed(told: Told) -> None:
    """Three weeks later: who was there, and LECTURE SEULE."""
    told.school.now(LATER)
    present = (told.eloise.registration, told.margaret.registration)
    told.school.send(TickAttendance(workshop=told.laval, registrations=present))
    told.school.send(CloseWorkshop(workshop=told.laval, reason="Absents à rappeler."))


def _staff(school: School, name: str) -> UUID:
    command = AddStaff(name=name, email=f"{name[0].lower()}@example.com", roles=(Role.ORGANISER,))
    return school.send(command, ADMIN).made["staff"]


def _dates(school: School, organiser: UUID) -> tuple[UUID, UUID, UUID]:
    activity = school.activity("Écoute de soi")
    place = school.venue(name="Hôtel du Parc", address="1000, boulevard du Souvenir")
    saturday = datetime(2026, 12, 5, 14, tzinfo=UTC)
    sessions = tuple(
        PlannedSession(starts=saturday + timedelta(days=n), ends=saturday + timedelta(days=n, hours=7.5))
        for n in range(2)
    )
    laval = school.workshop(
        activity,
        venue=place,
        organiser=organiser,
        trainers=(_staff(school, "Benoît Lacasse-Dubé"), _staff(school, "Josée L’Heureux")),
        sessions=sessions,
        practical_note="Apporter un coussin. Assistantes : Diane et Maude.",
    )
    europe = {"city": "Lyon", "country": "FR", "region": Region.EUROPE, "zone": "Europe/Paris"}
    lyon = school.workshop(
        activity,
        venue=school.venue(name="Salle Jaune", **europe),
        zone="Europe/Paris",
        organiser=organiser,
        starts=datetime(2027, 2, 1, 8, tzinfo=UTC),
    )
    return laval, lyon, activity


def _noted(school: School, sold: Sold, minor: int, cheque: str | None = None) -> UUID:
    currency = school.issued(sold.invoice).currency
    part = Part(
        client=sold.client, registration=sold.registration, amount=Money(minor=minor, currency=currency)
    )
    method = PaymentMethod.CASH if cheque is None else PaymentMethod.CHEQUE
    typed = Typed(method=method, number=cheque)
    return school.send(NotePayment(payment=typed, parts=(part,))).made["payment-1"]


def _eloise(school: School, activity: UUID, workshop: UUID) -> Sold:
    """Ten per cent off; one cheque deposited, one not yet."""
    client = school.client(
        last_name="D’Arcy-Lévesque",
        first_name="Éloïse",
        form_of_address=FormOfAddress.MADAM,
        street="1420, boulevard Saint-Martin, app. 3",
        city="Laval",
        postal_code="H7A 1B2",
        telephone="+1 450 555-0143",
    )
    sold = school.sold(client, activity, workshop, discount=school.discount())
    first = _noted(school, sold, 4_000, "0412")
    school.deposited(sold.invoice, first)
    school.now(NOW + timedelta(days=6))
    _noted(school, sold, 12_500, "0419")
    return sold


def _margaret(school: School, activity: UUID, workshop: UUID) -> Sold:
    """An English speaker who paid it all."""
    client = school.client(
        last_name="O’Neill",
        first_name="Margaret",
        language=Language.EN,
        street="77 Elm Avenue",
        city="Westmount",
        postal_code="H3Z 1Z9",
    )
    sold = school.sold(client, activity, workshop)
    school.deposited(sold.invoice, _noted(school, sold, 37_500))
    return sold


def _credited(school: School, sold: Sold) -> str:
    reason = "Une journée de moins que prévu ; nous vous devons la différence."
    school.send(
        CreditLine(client=sold.client, invoice=sold.invoice, line=sold.line, amount=cad(50), reason=reason),
        ACCOUNTING,
    )
    return "CA-N-2026-0001"


def _raised(school: School, sold: Sold) -> UUID:
    wish = RaisePrice(
        client=sold.client,
        registration=sold.registration,
        amount=cad(37.50),
        reason="La preuve du rabais n’a pas été fournie.",
    )
    return school.send(wish, ACCOUNTING).made["invoice"]


def _camille(school: School, activity: UUID, workshop: UUID) -> Sold:
    """A European who cancelled, of whom the deposit is kept, and who has another place without a date."""
    client = school.client(
        last_name="Brunet-Saint-Hilaire",
        first_name="Camille",
        street="12 bis, rue du 1er-Mai",
        city="Lyon",
        postal_code="69003",
        country="FR",
    )
    sold = school.sold(client, activity, workshop)
    school.deposited(sold.invoice, _noted(school, sold, 125_000))
    note = "Empêchée par le travail : elle ne viendra pas."
    wish = CancelRegistration(client=client, registration=sold.registration, note=note)
    case = school.send(wish).made["case-1"]
    fee = Money(minor=4_000, currency=Currency.EUR)
    decided = DecideCase(client=client, invoice=sold.invoice, case=case, fee=fee)
    school.send(decided, ACCOUNTING)
    return sold


def _company(school: School, activity: UUID, workshop: UUID) -> UUID:
    client = school.client(last_name="Tremblay", first_name="Luc")
    sold = school.sold(client, activity, workshop)
    name, address = "Tremblay & Fils inc.", "À l’attention de Luc Tremblay\n500, rue Principale\nGranby"
    school.send(AddressInvoice(client=client, invoice=sold.invoice, name=name, address=address))
    return sold.invoice


def _student(school: School) -> tuple[UUID, UUID, UUID]:
    """All nine activities of a phase, the last one a fortnight ago."""
    phase, activities = school.phase(size=9)
    client = school.client(last_name="Gagnon", first_name="Zoé", form_of_address=FormOfAddress.MADAM)
    first = NOW - timedelta(days=200)
    dates = [
        school.workshop(activity, starts=first + timedelta(days=21 * n))
        for n, activity in enumerate(activities)
    ]
    chosen = tuple(PhaseDate(activity=a, workshop=w) for a, w in zip(activities, dates, strict=True))
    paid = FirstPayment(method=PaymentMethod.CASH, amount=cad(360))
    wish = RegisterForPhase(client=client, phase=phase, dates=chosen, waive_reason="Sur place", payment=paid)
    made = school.send(wish).made
    for n, workshop in enumerate(dates, 1):
        school.send(TickAttendance(workshop=workshop, registrations=(made[f"registration-{n}"],)))
    return client, made["enrolment"], made["invoice"]
