"""What the demo school does, one small value per act; keys stand for the ids that the commands will make.

An act has the fields of the command it becomes. Keys are unique over all acts and read `kind/name`, such as
`workshop/racines-quebec`; each is first named by the act that makes the thing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from aggregates.catalogue.settings import Category, Region, SchoolSettings
from aggregates.client.events import FormOfAddress, Language
from aggregates.kernel import Money, Role


@dataclass(frozen=True, kw_only=True)
class Act:
    """Done at that instant (UTC) by that staff user or client; without `by`, by the system."""

    at: datetime
    by: str | None


@dataclass(frozen=True, kw_only=True)
class ChangeSettings(Act):
    """Set the school's settings, from the untouched ones."""

    settings: SchoolSettings


@dataclass(frozen=True, kw_only=True)
class AddStaff(Act):
    """Add a staff user. `account`: gets the demo password."""

    staff: str
    name: str
    email: str
    roles: tuple[Role, ...]
    regions: tuple[Region, ...]
    account: bool


@dataclass(frozen=True, kw_only=True)
class AddActivity(Act):
    """Add an activity to the catalogue."""

    activity: str
    name: str
    category: Category
    days: int
    prices: tuple[Money, ...]
    note: str | None
    retake_price_with_card: tuple[Money, ...]


@dataclass(frozen=True)
class PhasePrice:
    """What an activity costs inside the phase."""

    activity: str
    price: Money


@dataclass(frozen=True, kw_only=True)
class AddPhase(Act):
    """Add a phase, its activities in order."""

    phase: str
    number: int
    name: str
    activities: tuple[str, ...]
    prices: tuple[PhasePrice, ...]


@dataclass(frozen=True, kw_only=True)
class AddDiscount(Act):
    """Add a discount: a percentage, or amounts."""

    discount: str
    name: str
    percent: int | None
    amounts: tuple[Money, ...]
    proof_needed: bool
    chosen_by: tuple[Role, ...]


@dataclass(frozen=True, kw_only=True)
class AddVenue(Act):
    """Add a venue."""

    venue: str
    name: str
    city: str
    country: str
    region: Region
    zone: str
    address: str | None
    note: str | None


@dataclass(frozen=True)
class Session:
    """One stretch of a workshop, in its own zone."""

    starts: datetime
    ends: datetime


@dataclass(frozen=True, kw_only=True)
class PlanWorkshop(Act):
    """Plan a workshop; without `venue` EN LIGNE."""

    workshop: str
    activity: str
    venue: str | None
    zone: str
    sessions: tuple[Session, ...]
    organiser: str
    trainers: tuple[str, ...]
    capacity: int
    retake_limit: int | None
    place_note: str | None
    practical_note: str | None

    @property
    def starts(self) -> datetime:
        return self.sessions[0].starts

    @property
    def ends(self) -> datetime:
        return self.sessions[-1].ends


@dataclass(frozen=True, kw_only=True)
class CreateDossier(Act):
    """Open a dossier. `account`: gets the demo password."""

    client: str
    last_name: str
    first_name: str
    form_of_address: FormOfAddress | None
    email: str | None
    telephone: str | None
    street: str | None
    postal_code: str
    city: str
    country: str
    language: Language
    account: bool = False


@dataclass(frozen=True, kw_only=True)
class RemoveDossier(Act):
    """Erase or deactivate the dossier."""

    client: str


@dataclass(frozen=True, kw_only=True)
class RestoreDossier(Act):
    """Restore a deactivated dossier."""

    client: str
    form_of_address: FormOfAddress | None
    email: str
    telephone: str | None
    street: str | None
    city: str
    country: str


@dataclass(frozen=True, kw_only=True)
class Register(Act):
    """Register a client; without `workshop` À PLANIFIER."""

    registration: str
    client: str
    activity: str
    workshop: str | None


@dataclass(frozen=True, kw_only=True)
class ChooseDate(Act):
    """Give the registration a date, or another one."""

    client: str
    registration: str
    workshop: str


@dataclass(frozen=True, kw_only=True)
class Defer(Act):
    """« Date ultérieure »."""

    client: str
    registration: str


@dataclass(frozen=True, kw_only=True)
class Cancel(Act):
    """Cancel the registration for good; the client reads the note."""

    client: str
    registration: str
    note: str


@dataclass(frozen=True, kw_only=True)
class DecideCase(Act):
    """Accounting decide the cancellation: what of the price is kept as fee."""

    client: str
    registration: str
    fee: Money


@dataclass(frozen=True, kw_only=True)
class TickPresent(Act):
    """Tick these registrations present, all at once."""

    workshop: str
    registrations: tuple[str, ...]
