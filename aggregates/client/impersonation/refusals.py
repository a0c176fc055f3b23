"""Why logging in as a client, or an act done so, is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class NotYourClient(Refused):
    """No registration of this client is for a workshop of the organiser who asks."""

    code: ClassVar[str] = "not_your_client"
    rule: ClassVar[str] = "DOS-12"


class ActingAsClient(Refused):
    """Who is logged in as a client stops before the last click. Field `page`: where staff do it."""

    code: ClassVar[str] = "acting_as_client"
    rule: ClassVar[str] = "DOS-12"
