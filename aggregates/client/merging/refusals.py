"""Why two dossiers are not merged."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class SameDossier(Refused):
    """A dossier is not merged with itself."""

    code: ClassVar[str] = "same_dossier"
    rule: ClassVar[str] = "DOS-5"


class MergeNeedsRestoration(Refused):
    """One of them is deactivated: restore it first. Field `dossier`."""

    code: ClassVar[str] = "merge_needs_restoration"
    rule: ClassVar[str] = "DOS-5"


class DossierIsMerged(Refused):
    """The dossier is part of another one: act there. Field `into`."""

    code: ClassVar[str] = "dossier_is_merged"
    rule: ClassVar[str] = "DOS-5"


class DeletionIsProposed(Refused):
    """Somebody proposed to delete one of them: decide that first. Field `dossier`."""

    code: ClassVar[str] = "deletion_is_proposed"
    rule: ClassVar[str] = "DOS-5"


class MergedBasketBeingPaid(Refused):
    """A basket of one of them is being paid. Fields `dossier`, `until`."""

    code: ClassVar[str] = "merged_basket_being_paid"
    rule: ClassVar[str] = "DOS-5"


class BothHoldAPlace(Refused):
    """Both have a place for one activity, or in one workshop: say which stays.

    Fields `first` and `second`, the registrations; `activity`; `count`, how many such pairs there are.
    """

    code: ClassVar[str] = "both_hold_a_place"
    rule: ClassVar[str] = "DOS-5"


class FollowedStays(Refused):
    """Of two places in one workshop the one that was followed stays. Fields `first`, `second`, `activity`."""

    code: ClassVar[str] = "followed_stays"
    rule: ClassVar[str] = "DOS-5"


class ChangedSinceCompared(Refused):
    """One of them is no more what was compared: look again. Field `dossier`."""

    code: ClassVar[str] = "changed_since_compared"
    rule: ClassVar[str] = "DOS-5"
