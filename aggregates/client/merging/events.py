"""Facts of two dossiers that become one; what the other one held comes along as values."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from aggregates.client.documents.events import DocumentKind
from aggregates.client.missed_mails.events import UndeliveredReason
from aggregates.client.proofs.state import Proof
from aggregates.client.registrations.events import Earned, Registered
from aggregates.kernel import Fact, Value


class PlaceState(StrEnum):
    """Where a registration stood when its dossier was merged."""

    TO_SCHEDULE = "to_schedule"
    SCHEDULED = "scheduled"
    FOLLOWED = "followed"
    CANCELLED = "cancelled"


class TakenPlace(Value):
    """A registration as it was sold, and what became of it since."""

    sold: Registered
    """Without its date, which is below."""
    state: PlaceState
    workshop: UUID | None = None
    starts: datetime | None = None
    moved: bool = False
    last_day: date | None = None
    ends: datetime | None = None
    zone: str | None = None
    proof: Proof | None = None
    proof_document: UUID | None = None
    supplements: tuple[Earned, ...] = ()
    given_up: tuple[UUID, ...] = ()
    deposit_lost_with: UUID | None = None
    deferred_by_school: UUID | None = None
    left_after_move: UUID | None = None

    @property
    def lacks_proof(self) -> bool:
        """The proof of its discount is asked for, or was rejected (INS-6)."""
        return self.proof in (Proof.ASKED, Proof.REJECTED)


class DoneBy(Value):
    """An activity of a phase that counts as done, and the registration by which it does."""

    activity: UUID
    evidence: UUID


class TakenEnrolment(Value):
    """A phase that the person is a student of."""

    enrolment: UUID
    phase: UUID
    number: int
    activities: tuple[UUID, ...]
    invoice: UUID
    done: tuple[DoneBy, ...]
    letter_sent: bool


class TakenElsewhere(Value):
    """A workshop followed abroad or before the portal."""

    registration: UUID
    activity: UUID
    last_day: date


class TakenDocument(Value):
    """A document; its bytes stay under the key of the file that it came from."""

    document: UUID
    kind: DocumentKind


class TakenMail(Value):
    """An e-mail that did not arrive."""

    mail: UUID
    reason: UndeliveredReason


class DossierAbsorbed(Fact):
    """Another dossier of the same person became part of this one (DOS-5).

    It holds all that decisions on this dossier look at: no other stream is read for it.
    """

    TOPIC: ClassVar[str] = "client.dossier_absorbed"

    other: UUID
    earlier: tuple[UUID, ...]
    """Dossiers that had become part of the other before."""
    taken: tuple[TakenPlace, ...]
    enrolments: tuple[TakenEnrolment, ...]
    elsewhere: tuple[TakenElsewhere, ...]
    placeless: tuple[UUID, ...]
    """Invoices without a registration."""
    waiting_in: tuple[UUID, ...]
    documents: tuple[TakenDocument, ...]
    missed: tuple[TakenMail, ...]
    resent: tuple[UUID, ...]
    """E-mails that were sent anew, and below those set aside: what comes back of them is no news."""
    set_aside: tuple[UUID, ...]


class DossierMerged(Fact):
    """This dossier is part of another one from now on; nothing happens in it any more (DOS-5).

    Said once more where that one is merged in turn.
    """

    TOPIC: ClassVar[str] = "client.dossier_merged"

    into: UUID
    registrations: tuple[UUID, ...] = ()
    invoices: tuple[UUID, ...] = ()
    """What it held: read models find these rows by their ids."""


MergingFact = DossierAbsorbed | DossierMerged
