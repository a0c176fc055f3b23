"""Facts of templates; the wording is the school's own, nothing in it is personal."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from aggregates.client.events import Language
from aggregates.kernel import Fact


class TemplateKey(StrEnum):
    """Every e-mail that the portal sends by itself or that staff send by one click (COM-2, COM-12)."""

    CREATED_BY_CLIENT = "created_by_client"
    CREATED_BY_STAFF = "created_by_staff"
    ADDED_MANUALLY = "added_manually"
    PORTAL_INVITATION = "portal_invitation"
    ADDRESS_VALIDATION = "address_validation"
    PASSWORD_RESET = "password_reset"  # noqa: S105  # the name of a mail
    DOSSIER_REMOVED = "dossier_removed"
    DOSSIER_RESTORED = "dossier_restored"
    REGISTRATION_CONFIRMED = "registration_confirmed"
    DATE_CHOSEN = "date_chosen"
    DATE_CHANGED = "date_changed"
    REMINDER = "reminder"
    WORKSHOP_MOVED = "workshop_moved"
    WORKSHOP_CANCELLED = "workshop_cancelled"
    WORKSHOP_RESTORED = "workshop_restored"
    PROOF_ASKED = "proof_asked"
    PAYMENT_RECEIVED = "payment_received"
    WAITING_LIST_OFFER = "waiting_list_offer"
    PHASE_LETTER = "phase_letter"
    ORGANISER_ARRIVAL = "organiser_arrival"
    ORGANISER_DEPARTURE = "organiser_departure"


class TemplateChanged(Fact):
    """An e-mail got a wording of the school's own in one language (COM-4)."""

    TOPIC: ClassVar[str] = "template.changed"
    VISIBLE: ClassVar[bool] = False

    key: TemplateKey
    language: Language
    subject: str
    body: str


class TemplateRestored(Fact):
    """An e-mail has the portal's default wording again in one language (COM-4)."""

    TOPIC: ClassVar[str] = "template.restored"
    VISIBLE: ClassVar[bool] = False

    key: TemplateKey
    language: Language


TemplateFact = TemplateChanged | TemplateRestored
