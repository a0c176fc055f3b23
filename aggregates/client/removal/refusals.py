"""Why a deletion is refused; what a removal is refused for, it is refused for too."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class WorkshopsFollowed(Refused):
    """Who followed a workshop is not deleted: the dossier is deactivated when the client asks for it."""

    code: ClassVar[str] = "workshops_followed"
    rule: ClassVar[str] = "DOS-10"


class DeletionNotProposed(Refused):
    """Nobody proposed to delete this dossier, or the proposal was withdrawn."""

    code: ClassVar[str] = "deletion_not_proposed"
    rule: ClassVar[str] = "DOS-10"


class DeletionNeedsAnother(Refused):
    """Who proposed the deletion doesn't approve it."""

    code: ClassVar[str] = "deletion_needs_another"
    rule: ClassVar[str] = "DOS-10"
