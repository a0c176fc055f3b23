"""Why a wish on what the school writes is refused."""

from __future__ import annotations

from typing import ClassVar

from aggregates.kernel import Missing, Refused


class UnknownPlaceholder(Refused):
    """The wording holds a placeholder that this mail does not know. Fields `unknown`, `allowed`."""

    code: ClassVar[str] = "unknown_placeholder"
    rule: ClassVar[str] = "COM-4"


class NoSuchMailing(Missing):
    """No mailing under this id, or another's."""

    code: ClassVar[str] = "no_such_mailing"
    rule: ClassVar[str] = "COM-6"


class AuthorNotStaff(Refused):
    """Who writes has no open staff account, hence no address for the answers."""

    code: ClassVar[str] = "author_not_staff"
    rule: ClassVar[str] = "COM-5"


class WordsInCapitals(Refused):
    """Subject or text holds words all in capitals. Field `words`."""

    code: ClassVar[str] = "words_in_capitals"
    rule: ClassVar[str] = "COM-6"


class AudienceTooLarge(Refused):
    """More persons were found than one mailing may reach. Fields `found`, `most`."""

    code: ClassVar[str] = "audience_too_large"
    rule: ClassVar[str] = "COM-8"


class AudienceChanged(Refused):
    """The query no longer finds those who were reviewed. Field `found`."""

    code: ClassVar[str] = "audience_changed"
    rule: ClassVar[str] = "COM-8"


class NobodyToWriteTo(Refused):
    """The list of recipients is empty: nobody was found, allows it, and was not left out."""

    code: ClassVar[str] = "nobody_to_write_to"
    rule: ClassVar[str] = "COM-8"


class PressureToConfirm(Refused):
    """The announcement may be one too many: a reason confirms it.

    Fields `warnings`, `announcements` (of this series so far), `previous` (day of the last one of this
    organiser for this city).
    """

    code: ClassVar[str] = "pressure_to_confirm"
    rule: ClassVar[str] = "COM-9"


class RosterMailNeedsReason(Refused):
    """An organiser says why this workshop needs an exceptional mail."""

    code: ClassVar[str] = "roster_mail_needs_reason"
    rule: ClassVar[str] = "COM-7"


class NoImageToRoster(Refused):
    """A mailing to a roster may hold files, no image."""

    code: ClassVar[str] = "no_image_to_roster"
    rule: ClassVar[str] = "COM-7"


class RosterMailAfterClosing(Refused):
    """The workshop is closed: nothing is sent to its participants any more."""

    code: ClassVar[str] = "roster_mail_after_closing"
    rule: ClassVar[str] = "COM-7"


class MailingAlreadyCancelled(Refused):
    """A cancelled mailing is neither approved nor sent any more."""

    code: ClassVar[str] = "mailing_already_cancelled"
    rule: ClassVar[str] = "COM-7"


class MailingAwaitsApproval(Refused):
    """An organiser's mailing to a roster leaves once it is approved."""

    code: ClassVar[str] = "mailing_awaits_approval"
    rule: ClassVar[str] = "COM-7"


class MailingIsOver(Refused):
    """All of it has left, or was passed over: there is nothing to stop or to decide any more."""

    code: ClassVar[str] = "mailing_is_over"
    rule: ClassVar[str] = "COM-8"


class NotBeingSent(Refused):
    """Only a mailing that is leaving has e-mails whose answer was lost."""

    code: ClassVar[str] = "not_being_sent"
    rule: ClassVar[str] = "COM-3"


class NotARecipient(Missing):
    """The mailing is not for this client."""

    code: ClassVar[str] = "not_a_recipient"
    rule: ClassVar[str] = "COM-3"


class AlreadyDecided(Refused):
    """Somebody decided the contrary about this e-mail before. Field `send`."""

    code: ClassVar[str] = "already_decided"
    rule: ClassVar[str] = "COM-3"


class NoSuchFile(Missing):
    """A file that is to be linked was never uploaded, or is gone."""

    code: ClassVar[str] = "no_such_file"
    rule: ClassVar[str] = "COM-6"


class NotAnImage(Refused):
    """What is to be shown at the start or the end is another kind of file."""

    code: ClassVar[str] = "not_an_image"
    rule: ClassVar[str] = "COM-6"
