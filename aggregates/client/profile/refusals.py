"""Why a change of profile is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Refused


class OwnEmail(Refused):
    """The client has an e-mail: mails go there, not to somebody close to them."""

    code: ClassVar[str] = "own_email"
    rule: ClassVar[str] = "DOS-6"
