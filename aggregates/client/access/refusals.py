"""Why a wish about getting in is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class NoEmailToInvite(Refused):
    """The dossier has no e-mail of its own: nobody can be invited there."""

    code: ClassVar[str] = "no_email_to_invite"
    rule: ClassVar[str] = "DOS-3"


class AddressInUse(Refused):
    """Somebody else logs in with the new address by now."""

    code: ClassVar[str] = "address_in_use"
    rule: ClassVar[str] = "DOS-19"
