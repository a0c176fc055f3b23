"""The places of a phase for one client: which are done, at what price, with which date."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from aggregates.catalogue.policies import known_phase
from aggregates.catalogue.state import ACTIVITY, DISCOUNT, PHASE, SETTINGS, SETTINGS_ID, Phase
from aggregates.client.phases.events import Enrolled
from aggregates.client.phases.policies import DONE_IN_PHASES, done_in_phase
from aggregates.client.phases.refusals import FreeALaCarte, NotInPhase
from aggregates.client.policies import active
from aggregates.client.registrations.policies import followed_before
from aggregates.client.state import CLIENT, Client
from aggregates.invoice.pricing import InPhase
from aggregates.invoice.state import INVOICE, Invoice
from aggregates.workshop.state import WORKSHOP, Workshop
from commands.message import Act
from commands.selling import Place, Sale, Sold
from schema.store import Loaded


def place_in_phase(place: Place, id_: UUID, phase: Phase, enrolment: UUID) -> Place:
    """The place as one of the phase, at the phase's price (INS-2)."""
    prices = [p.price for p in phase.prices if p.activity == place.activity.id]
    return replace(place, phase=id_, enrolment=enrolment, in_phase=InPhase(phase.number, prices))


def student_of(id_: UUID, phase: Phase, enrolment: UUID, invoice: UUID, sold: Sequence[Sold]) -> Enrolled:
    """The enrolment over all places of the phase, in its order (INS-2)."""
    return Enrolled(
        enrolment=enrolment,
        phase=id_,
        number=phase.number,
        activities=tuple(s.place.activity.id for s in sold),
        invoice=invoice,
        done=tuple(s.done for s in sold if s.done is not None),
    )


@dataclass(frozen=True)
class PhaseSale:
    """One client who wants one phase."""

    act: Act
    client: Loaded[Client]
    id: UUID
    phase: Phase
    sale: Sale

    @classmethod
    def load(cls, act: Act, client: UUID, phase: UUID) -> PhaseSale:
        """The first load. Raises NoSuchDossier, DossierNotActive, NoSuchPhase."""
        file, wanted, settings = act.load(CLIENT.at(client), PHASE.at(phase), SETTINGS.at(SETTINGS_ID))
        sale = Sale(act, client, active(file.state), settings.state)
        return cls(act, file, phase, known_phase(wanted.state), sale)

    def not_free_a_la_carte(self, *, although: bool) -> None:
        """A card holder who repeats a whole phase 1 or 2 does so à la carte, for nothing (INS-3).

        `although` goes on all the same. Raises FreeALaCarte.
        """
        places, activities = self.sale.dossier.places, self.phase.activities
        repeats = all(followed_before(places, activity) is not None for activity in activities)
        if not although and repeats and self.sale.buyer.card and self.phase.number in DONE_IN_PHASES:
            raise FreeALaCarte

    def load_places(
        self,
        dates: Mapping[UUID, UUID],
        discount: UUID | None,
        *,
        also_workshops: Sequence[UUID] = (),
        also_invoices: Sequence[UUID] = (),
    ) -> tuple[list[Place], dict[UUID, Loaded[Workshop]], dict[UUID, Loaded[Invoice]]]:
        """The second load: a place per activity, with the date chosen for it; workshops and invoices by id.

        Raises NotInPhase.
        """
        if not set(dates) <= set(self.phase.activities):
            raise NotInPhase
        workshops = dict.fromkeys([*dates.values(), *also_workshops])
        activities, loaded, discounts, invoices = self.act.load_groups(
            [ACTIVITY.at(a) for a in self.phase.activities],
            [WORKSHOP.at(w) for w in workshops],
            [] if discount is None else [DISCOUNT.at(discount)],
            [INVOICE.at(i) for i in also_invoices],
        )
        by_id = {workshop.id: workshop for workshop in loaded}
        places = [
            place_in_phase(
                Place(
                    activity,
                    by_id[dates[activity.id]] if activity.id in dates else None,
                    discount=discounts[0] if discounts else None,
                ),
                self.id,
                self.phase,
                self.act.new("enrolment"),
            )
            for activity in activities
        ]
        return places, by_id, {invoice.id: invoice for invoice in invoices}

    def sell(self, places: Sequence[Place], invoice: UUID) -> list[Sold]:
        """Each place with its price and registration."""
        return self.sale.sell_together(places, invoice, name="-")

    def counts_as_done(self, activity: UUID) -> bool:
        """Followed within two years, in phase 1 or 2 (INS-2)."""
        return done_in_phase(
            followed_before(self.sale.dossier.places, activity),
            self.phase.number,
            now=self.act.now,
            zone=self.sale.school.zone,
            years=self.sale.school.done_within_years,
        )

    def no_date_for_what_is_done(self, sold: Sequence[Sold], dates: Collection[UUID]) -> None:
        """A date chosen for an activity that counts as done. Raises NotInPhase (INS-2)."""
        if any(s.done is not None and s.place.activity.id in dates for s in sold):
            raise NotInPhase

    def enrolled(self, invoice: UUID, sold: Sequence[Sold]) -> Enrolled:
        """The client becomes a student (INS-2)."""
        return student_of(self.id, self.phase, self.act.new("enrolment"), invoice, sold)
