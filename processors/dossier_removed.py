"""Who is removed at their own wish is told so once more, at the address that goes with it (DOS-8, COM-2)."""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.events import DossierDeactivated, DossierErased
from processors.runtime.effects import Mail, Processor
from schema.envelope import Recorded


def react(event: Recorded) -> Sequence[Mail]:
    """Whose deletion the office decided wants no more mail: the address is suppressed (DOS-10)."""
    match event.fact:
        case DossierErased(suppressed=None, suppressed_too=()):
            return [_mail(event, "kept_nothing")]
        case DossierDeactivated(suppressed=None, suppressed_too=()):
            return [_mail(event, "kept_name")]
        case _:
            return []


def _mail(event: Recorded, kept: str) -> Mail:
    return Mail("removed", "dossier_removed", "client", event.originator_id, {"kept": kept})


PROCESSOR = Processor("dossier_removed", react)
