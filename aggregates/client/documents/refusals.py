"""Why a wish on a document is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class NoSuchDocument(Missing):
    """The dossier holds no such document, or holds it no longer."""

    code: ClassVar[str] = "no_such_document"
    rule: ClassVar[str] = "DOS-15"


class TooManyDocuments(Refused):
    """A client's own file takes so many documents from them. Field `most`."""

    code: ClassVar[str] = "too_many_documents"
    rule: ClassVar[str] = "DOS-15"


class ProofToDecide(Refused):
    """The document waits as a proof: it is accepted or rejected first."""

    code: ClassVar[str] = "proof_to_decide"
    rule: ClassVar[str] = "INS-6"
