"""Facts of the registrations in a client's file, and the union of all that its places take."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.client.phases.events import Enrolled, MissingPlaceReported, PhaseLetterSent, PlaceReopened
from aggregates.client.proofs.events import ProofAccepted, ProofMissing, ProofReceived, ProofRejected
from aggregates.kernel import Contact, Fact, Money, Value

FULL_PAYMENT_HOURS = 48
PROOF_HOURS = 48
"""Of a place that was sold before its terms said so."""


class Terms(Value):
    """What giving the place up or dating it costs, as in force when it was sold: later settings don't touch
    it (INS-4, INS-9)."""

    deposit_lost_everywhere: bool
    """ÊTRE BIEN and two-day workshops lose the deposit in every region."""
    late_months: int
    """Months before the start from which the deposit is lost."""
    absence_percent: int
    """Share of the price that an absence without notice costs in Canada and EN LIGNE (ATE-7)."""
    full_payment_hours: int = FULL_PAYMENT_HOURS
    """Hours before the start from which a date is chosen only once the place is paid (INS-4)."""
    proof_hours: int = PROOF_HOURS
    """Hours after the sale in which the proof of its discount is asked for (INS-6)."""


class Discounted(Value):
    """The catalogue discount a place was sold at (CAT-3)."""

    discount: UUID
    regular: Money
    """The price without it."""
    proof_needed: bool


class Registered(Fact):
    """A place for one activity was sold, with a date or À PLANIFIER (INS-1, INS-2)."""

    TOPIC: ClassVar[str] = "client.registered"

    registration: UUID
    activity: UUID
    workshop: UUID | None
    starts: datetime | None
    retake: bool
    phase: UUID | None
    invoice: UUID
    line: UUID
    price: Money
    deposit: Money
    enrolment: UUID | None = None
    trainee: bool = False
    terms: Terms | None = None
    discount: Discounted | None = None
    taken_over: bool = False
    """Made in another system, which told the client already (IMP-1)."""


class DateChosen(Fact):
    """A date was chosen; `given_up` is the workshop left, its presence stays traced (INS-7)."""

    TOPIC: ClassVar[str] = "client.date_chosen"

    registration: UUID
    workshop: UUID
    starts: datetime
    given_up: UUID | None
    deposit_lost: bool = False
    """Given up so late that a cancellation is proposed the deposit as its fee (INS-9)."""


class RegistrationDeferred(Fact):
    """« Date ultérieure »: the date was taken off, the registration is À PLANIFIER again (INS-7, INS-8)."""

    TOPIC: ClassVar[str] = "client.registration_deferred"

    registration: UUID
    workshop: UUID
    deposit_lost: bool = False
    """Given up so late that a cancellation is proposed the deposit as its fee (INS-9)."""
    by_school: bool = False
    """The school cancelled the workshop (ATE-4)."""


class RegistrationRestored(Fact):
    """The cancelled workshop takes place after all, and the registration has its date again (ATE-5)."""

    TOPIC: ClassVar[str] = "client.registration_restored"

    registration: UUID
    workshop: UUID
    starts: datetime


class DateMoved(Fact):
    """The workshop of this registration was moved to another date or place (ATE-10)."""

    TOPIC: ClassVar[str] = "client.date_moved"

    registration: UUID
    workshop: UUID
    starts: datetime
    zone: str | None = None
    venue: UUID | None = None
    was_starts: datetime | None = None
    was_zone: str | None = None
    was_venue: UUID | None = None
    """None: EN LIGNE."""


class CancelReason(StrEnum):
    """Why a registration ended."""

    ASKED = "asked"
    ABSENT = "absent"
    """Absent without notice (ATE-7)."""
    MISTAKE = "mistake"
    """Registered by mistake (INS-10)."""
    TO_PHASE = "to_phase"
    """Its place passed to a phase (INS-11)."""
    MERGED = "merged"
    """The other of two equal places stayed when two dossiers became one (DOS-5)."""


class RegistrationCancelled(Fact):
    """A true cancellation: nothing is left on top of the file (INS-7, INS-8)."""

    TOPIC: ClassVar[str] = "client.registration_cancelled"

    registration: UUID
    workshop: UUID | None
    why: CancelReason = CancelReason.ASKED


class Earned(Value):
    """What a line of the followed registration was sold for: revenue from then on (FAC-6)."""

    invoice: UUID
    line: UUID
    amount: Money


class RegistrationFollowed(Fact):
    """The client was ticked present: the registration is SUIVI (INS-13)."""

    TOPIC: ClassVar[str] = "client.registration_followed"

    registration: UUID
    workshop: UUID
    last_day: date | None = None
    """In the workshop's zone: the two years of INS-2 count from it."""
    ends: datetime | None = None
    zone: str | None = None
    """The workshop's."""
    earned: tuple[Earned, ...] | None = None
    """None on facts stored before the ledger was (FAC-6)."""


class FollowedUndone(Fact):
    """The tick was taken back before closing: the registration is INSCRIT again (INS-13)."""

    TOPIC: ClassVar[str] = "client.followed_undone"

    registration: UUID
    workshop: UUID
    earned: tuple[Earned, ...] | None = None
    """What is no longer earned; None on facts stored before the ledger was (FAC-6)."""


class FollowedAbroad(Fact):
    """A workshop followed abroad was added: SUIVI, without invoice or e-mail (ATE-8)."""

    TOPIC: ClassVar[str] = "client.followed_abroad"

    registration: UUID
    activity: UUID
    first_day: date
    last_day: date
    country: str


class FollowedBeforePortal(Fact):
    """A workshop followed when the school had another system: SUIVI, imported with its day (IMP-1)."""

    TOPIC: ClassVar[str] = "client.followed_before_portal"

    registration: UUID
    activity: UUID
    last_day: date


class ExceptionKind(StrEnum):
    """What staff went past when they registered or chose a date, with a reason."""

    PAYMENT_WAIVED = "payment_waived"
    """Within 48 h without the full payment, when registered or when the date was chosen (INS-4)."""
    OUTSIDE_PHASE = "outside_phase"
    """À la carte though the activity belongs to the client's phase (INS-14)."""
    RED_FLAG = "red_flag"
    """In spite of the accounting note (DOS-13)."""


class ExceptionGranted(Fact):
    """Staff went past a warning or a rule, knowingly."""

    TOPIC: ClassVar[str] = "client.exception_granted"
    VISIBLE: ClassVar[bool] = False

    person: UUID
    registration: UUID
    kind: ExceptionKind
    reason: Contact[str | None]


class PriceRaised(Fact):
    """A supplementary line of a new invoice was added to the registration's price (FAC-9)."""

    TOPIC: ClassVar[str] = "client.price_raised"

    registration: UUID
    invoice: UUID
    line: UUID
    amount: Money
    followed: bool = False
    """The registration was SUIVI already: the amount is earned at once (FAC-6)."""


class ConfirmationResent(Fact):
    """The small envelope: the confirmation of this registration goes out once more, as it stands (COM-1)."""

    TOPIC: ClassVar[str] = "client.confirmation_resent"

    registration: UUID
    workshop: UUID | None


class MistakeTold(Fact):
    """Staff let the ready e-mail go: these places of that invoice, which had been confirmed, were registered
    by mistake (INS-10)."""

    TOPIC: ClassVar[str] = "client.mistake_told"

    invoice: UUID
    registrations: tuple[UUID, ...]


RegistrationFact = (
    Registered
    | Enrolled
    | DateChosen
    | RegistrationDeferred
    | RegistrationRestored
    | DateMoved
    | RegistrationCancelled
    | RegistrationFollowed
    | FollowedUndone
    | FollowedAbroad
    | FollowedBeforePortal
    | PlaceReopened
    | MissingPlaceReported
    | ExceptionGranted
    | ProofReceived
    | ProofAccepted
    | ProofRejected
    | ProofMissing
    | PriceRaised
    | PhaseLetterSent
    | ConfirmationResent
    | MistakeTold
)
