"""Who has an account, or is to have one, gets the mail that lets them in (COM-12, DOS-1 to DOS-4, STF-1).

What came from another system, and the demo school, sends none: the first is marked, the second passed over.
"""

from __future__ import annotations

from collections.abc import Sequence

from aggregates.client.access.events import EmailChangeAsked, LinkAsked
from aggregates.client.events import (
    DossierCreated,
    DossierMatch,
    DossierOrigin,
    DossierRestored,
    SecondDossierAttempted,
)
from aggregates.links import LinkPurpose
from aggregates.staff.events import StaffAdded, StaffLinkAsked
from processors.runtime.effects import Mail, Params, Processor
from schema.envelope import Recorded

_OF_PURPOSE = {
    LinkPurpose.ACTIVATION: "added_manually",
    LinkPurpose.INVITATION: "portal_invitation",
    LinkPurpose.VALIDATION: "address_validation",
    LinkPurpose.PASSWORD: "password_reset",
    LinkPurpose.EMAIL_CHANGE: "email_change",
}
_OF_ORIGIN = {DossierOrigin.CLIENT: "created_by_client", DossierOrigin.STAFF: "created_by_staff"}


def react(event: Recorded) -> Sequence[Mail]:
    """The mail names the fact that asked for its link; the link itself is made when the mail leaves."""
    match event.fact:
        case DossierCreated(origin=origin, email=str()) if origin in _OF_ORIGIN:
            return [_mail(event, _OF_ORIGIN[origin])]
        case DossierRestored():
            return [_mail(event, "dossier_restored")]
        case LinkAsked(purpose=purpose):
            return [_mail(event, _OF_PURPOSE[purpose])]
        case EmailChangeAsked():
            return [_mail(event, "email_change"), _mail(event, "email_change_told")]
        case SecondDossierAttempted(match=DossierMatch.EMAIL):
            return [_mail(event, "already_client")]
        case StaffAdded():
            return [_mail(event, "staff_invitation", staff=True)]
        case StaffLinkAsked(purpose=purpose):
            invited = purpose is not LinkPurpose.PASSWORD
            return [_mail(event, "staff_invitation" if invited else "password_reset", staff=True)]
        case _:
            return []


def _mail(event: Recorded, template: str, *, staff: bool = False) -> Mail:
    params: Params = {"version": str(event.originator_version), "asked": event.envelope.at}
    return Mail(template, template, "account" if staff else "client", event.originator_id, params)


PROCESSOR = Processor("account_mails", react)
