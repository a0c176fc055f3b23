"""Why a wish on a proof is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class ProofAlreadyAccepted(Refused):
    """The proof was accepted: there is nothing to send or to ask for any more."""

    code: ClassVar[str] = "proof_already_accepted"
    rule: ClassVar[str] = "INS-6"


class AnotherProofCame(Refused):
    """The document that was looked at isn't the newest: another came in meanwhile. Field `document`."""

    code: ClassVar[str] = "another_proof_came"
    rule: ClassVar[str] = "INS-6"


class NotAtTheWorkshop(Refused):
    """Without proof is told of who is registered for the workshop, or followed it."""

    code: ClassVar[str] = "not_at_the_workshop"
    rule: ClassVar[str] = "INS-6"


class NoProofNeeded(Refused):
    """The registration was sold without a discount that needs a proof."""

    code: ClassVar[str] = "no_proof_needed"
    rule: ClassVar[str] = "INS-6"


class NoProofReceived(Refused):
    """There is no proof to accept or reject."""

    code: ClassVar[str] = "no_proof_received"
    rule: ClassVar[str] = "INS-6"
