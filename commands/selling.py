"""From what is asked to what is sold: price, registration, invoice line and seat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from aggregates.catalogue.policies import known_discount, on_sale
from aggregates.catalogue.settings import SchoolSettings
from aggregates.catalogue.state import Activity, MaybeActivity, MaybeDiscount
from aggregates.client.events import NoteKind
from aggregates.client.phases.events import DonePlace
from aggregates.client.phases.policies import missing_place
from aggregates.client.policies import holds_card
from aggregates.client.registrations.events import ExceptionGranted, ExceptionKind, Registered
from aggregates.client.registrations.policies import followed_before
from aggregates.client.registrations.refusals import OtherActivity
from aggregates.client.state import Dossier
from aggregates.invoice.decisions import issue
from aggregates.invoice.events import Line, PrintedTax
from aggregates.invoice.policies import currency_of, may_choose, spread
from aggregates.invoice.pricing import Buyer, InPhase, Quote, Wanted, quote, terms_for
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.kernel import Currency
from aggregates.workshop.decisions import take_seat
from aggregates.workshop.policies import planned
from aggregates.workshop.state import Planned, Workshop
from commands.message import Act
from schema.store import Change, Loaded


@dataclass(frozen=True)
class Place:
    """One activity asked for: dated or À PLANIFIER, à la carte or in a phase."""

    activity: Loaded[MaybeActivity]
    workshop: Loaded[Workshop] | None
    discount: Loaded[MaybeDiscount] | None = None
    trainee: bool = False
    phase: UUID | None = None
    enrolment: UUID | None = None
    in_phase: InPhase | None = None

    @property
    def taught(self) -> Activity:
        """Raises NoSuchActivity, ActivityNoLongerSold."""
        return on_sale(self.activity.state)

    @property
    def date(self) -> Planned | None:
        """The date chosen. Raises OtherActivity, NoSuchWorkshop."""
        if self.workshop is None:
            return None
        date_ = planned(self.workshop.state)
        if date_.activity != self.activity.id:
            raise OtherActivity
        return date_


@dataclass(frozen=True)
class Sold:
    """One place with its price; `registered` is None where the activity counts as done."""

    place: Place
    quote: Quote
    line: Line
    registered: Registered | None

    @property
    def done(self) -> DonePlace | None:
        before = self.quote.done
        if before is None:
            return None
        return DonePlace(
            activity=self.place.activity.id, evidence=before.registration, followed_on=before.last_day
        )


@dataclass(frozen=True)
class Sale:
    """Sells places of one client in one act."""

    act: Act
    client: UUID
    dossier: Dossier
    school: SchoolSettings

    @property
    def today(self) -> date:
        """In the school's zone."""
        return self.school.day_of(self.act.now)

    @property
    def buyer(self) -> Buyer:
        """What the file says about every price today (CAT-2, DOS-20)."""
        return Buyer(
            currency_of(str(self.dossier.country), self.school), holds_card(self.dossier, self.today)
        )

    def quote(self, place: Place) -> Quote:
        """The place's price today. Raises NoPriceInCurrency, DiscountNotAllowed, DiscountNotValid."""
        discount = None
        if place.discount is not None:
            found = known_discount(place.discount.state)
            may_choose(found, sorted(self.act.who.roles), self.today)
            discount = (place.discount.id, found)
        wanted = Wanted(
            activity=place.taught,
            starts=None if place.date is None else place.date.starts,
            followed=followed_before(self.dossier.places, place.activity.id),
            phase=place.in_phase,
            trainee=place.trainee,
            discount=discount,
        )
        return quote(wanted, self.buyer, now=self.act.now, school=self.school)

    def sell(self, place: Place, invoice: UUID, *, name: str = "") -> Sold:
        """Price the place and write its registration and line; `name` tells several in one act apart."""
        priced = self.quote(place)
        line, registration = self.act.new(f"line{name}"), None
        if priced.done is None:
            registration = self._registered(place, priced, invoice, line, self.act.new(f"registration{name}"))
        return Sold(place, priced, _line(place, priced, line, registration), registration)

    def sell_together(self, places: Sequence[Place], invoice: UUID, *, name: str) -> list[Sold]:
        """One item's places, numbered; a discount of an amount is taken off them once (CAT-3)."""
        discount = places[0].discount
        if discount is not None and known_discount(discount.state).percent is None:
            prices = [self.quote(replace(place, discount=None)).price for place in places]
            shares = spread(known_discount(discount.state), prices)
            places = [
                replace(place, discount=replace(discount, state=share))
                for place, share in zip(places, shares, strict=True)
            ]
        return [self.sell(place, invoice, name=f"{name}{n}") for n, place in enumerate(places, 1)]

    def _registered(
        self, place: Place, priced: Quote, invoice: UUID, line: UUID, registration: UUID
    ) -> Registered:
        dated = None if place.workshop is None or place.date is None else (place.workshop.id, place.date)
        terms = self.school.terms_of(place.taught.category, priced.price.currency)
        return Registered(
            registration=registration,
            activity=place.activity.id,
            workshop=None if dated is None else dated[0],
            starts=None if dated is None else dated[1].starts,
            retake=priced.retake,
            phase=place.phase,
            invoice=invoice,
            line=line,
            price=priced.price,
            deposit=priced.deposit,
            enrolment=place.enrolment,
            trainee=place.trainee,
            terms=terms_for(place.taught, terms, proof_hours=self.school.proof_hours),
            discount=priced.discount,
        )

    def gone_past(
        self, sold: Sold, *, waive_reason: str | None, outside_phase_reason: str | None = None
    ) -> list[ExceptionGranted]:
        """What staff knowingly went past, where there was something to go past."""
        if sold.registered is None:
            return []
        activity = sold.registered.activity
        flagged = self.act.by_staff and NoteKind.ACCOUNTING in self.dossier.notes
        past = {
            ExceptionKind.RED_FLAG: flagged,
            ExceptionKind.PAYMENT_WAIVED: waive_reason is not None and sold.quote.starts_soon,
            ExceptionKind.OUTSIDE_PHASE: outside_phase_reason is not None
            and missing_place(self.dossier.places, activity) is not None,
        }
        reasons = {
            ExceptionKind.PAYMENT_WAIVED: waive_reason,
            ExceptionKind.OUTSIDE_PHASE: outside_phase_reason,
        }
        return [
            ExceptionGranted(
                person=self.client,
                registration=sold.registered.registration,
                kind=kind,
                reason=reasons.get(kind),
            )
            for kind, went_past in past.items()
            if went_past
        ]

    def seats(self, sold: Sequence[Sold]) -> list[Change]:
        """A seat for each dated place. Raises WorkshopFull, RetakesFull, AlreadyOnRoster, WorkshopStarted."""
        return [
            Change(
                s.place.workshop,
                take_seat(
                    s.place.workshop.state,
                    s.registered.registration,
                    client=self.client,
                    retake=s.registered.retake,
                    now=self.act.now,
                    by_staff=self.act.by_staff,
                    verifies=self.act.verifies,
                    invoice=s.registered.invoice,
                ),
            )
            for s in sold
            if s.registered is not None and s.place.workshop is not None
        ]

    def invoice(self, invoice: Loaded[Invoice], sold: Sequence[Sold]) -> Change:
        """The invoice over these places; draws its number, so it comes last (FAC-1)."""
        return self.bill(invoice, [s.line for s in sold], self.buyer.currency)

    def bill(
        self,
        invoice: Loaded[Invoice],
        lines: Sequence[Line],
        currency: Currency,
        *,
        supplement_of: UUID | None = None,
        reason: str | None = None,
    ) -> Change:
        """An invoice over these lines, made out as the file says today; draws its number."""
        billing = self.dossier.billing
        name = f"{self.dossier.first_name} {self.dossier.last_name}"
        issued = issue(
            invoice.state,
            person=self.client,
            number=self.act.number(self.school.series[currency], self.today.year),
            issued_on=self.today,
            currency=currency,
            billing_name=name if billing is None else str(billing.name),
            billing_address=None if billing is None or billing.address is None else str(billing.address),
            taxes=[PrintedTax(name=t.name, rate=t.rate) for t in self.school.taxes.get(currency, ())],
            lines=lines,
            supplement_of=supplement_of,
            reason=reason,
        )
        return Change(invoice, issued)

    def fresh_invoice(self) -> Loaded[Invoice]:
        return self.act.fresh(INVOICE, "invoice")


def _line(place: Place, priced: Quote, line: UUID, registered: Registered | None) -> Line:
    return Line(
        id=line,
        registration=None if registered is None else registered.registration,
        activity=place.activity.id,
        activity_name=place.taught.name,
        price=priced.price,
        deposit=priced.deposit,
        due_now=priced.due_now,
        reasons=priced.reasons,
        starts=None if registered is None else registered.starts,
        done_on=None if priced.done is None else priced.done.last_day,
    )
