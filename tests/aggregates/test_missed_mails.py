"""What is noted of mails that did not arrive, and what staff may do about them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from aggregates.client.missed_mails.decisions import (
    Undelivered,
    note_undelivered,
    resend_mail,
    resend_missed,
    set_aside,
)
from aggregates.client.missed_mails.events import (
    AddressTrusted,
    MailsResent,
    MailUndelivered,
    MissedMailsSetAside,
    UndeliveredReason,
)
from aggregates.client.missed_mails.refusals import AddressKnownBad
from aggregates.client.profile.decisions import record_contact_address
from aggregates.client.refusals import DossierNotActive
from aggregates.client.state import CLIENT
from aggregates.kernel import Fact
from tests.aggregates.given import dossier, given
from tests.aggregates.test_client_dossier import DEACTIVATED

pytestmark = pytest.mark.rule("COM-10")
ONE, TWO = UUID(int=1), UUID(int=2)
R = UndeliveredReason


def what(mail: UUID = ONE, reason: UndeliveredReason = R.BAD_ADDRESS, **changes: Any) -> Undelivered:
    values: dict[str, Any] = {
        "template": "reminder", "workshop": None, "to_organiser": False, "status": "5.1.1", "message": None,
    }  # fmt: skip
    return Undelivered(mail=mail, reason=reason, **values | changes)


def came_back(
    mail: UUID = ONE, reason: UndeliveredReason = R.BAD_ADDRESS, *, in_use: bool = True, **changes: Any
) -> MailUndelivered:
    return MailUndelivered(**vars(what(mail, reason, **changes)), address_in_use=in_use)


def test_what_came_back_is_noted_once_and_a_bad_address_is_news_after_anything_else() -> None:
    given(CLIENT, dossier()).when(note_undelivered, what(), address_in_use=True).then(came_back())
    noted = given(CLIENT, dossier(), came_back(reason=R.UNREADABLE))
    noted.when(note_undelivered, what(), address_in_use=True).then(came_back())
    given(CLIENT, dossier(), came_back()).when(
        note_undelivered, what(reason=R.REFUSED), address_in_use=True
    ).then_nothing()
    given(CLIENT, dossier(), DEACTIVATED).when(note_undelivered, what(), address_in_use=True).then_nothing()


FLAGGED: list[tuple[Fact, bool]] = [
    (came_back(), True),
    (came_back(reason=R.NO_ADDRESS), True),
    (came_back(reason=R.MAILBOX_FULL), False),
    (came_back(in_use=False), False),
    (came_back(to_organiser=True), False),
]


@pytest.mark.parametrize(("fact", "flagged"), FLAGGED)
def test_missed_mails_go_out_again_unless_the_address_is_known_to_be_wrong(fact: Fact, flagged: bool) -> None:
    asked = given(CLIENT, dossier(), fact).when(resend_missed)
    if flagged:
        asked.then_refused(AddressKnownBad)
    else:
        asked.then(MailsResent(mails=(ONE,)))


def test_all_go_out_together_and_a_second_time_none() -> None:
    facts = (came_back(ONE), came_back(TWO), AddressTrusted())
    given(CLIENT, dossier(), *facts).when(resend_missed).then(MailsResent(mails=(ONE, TWO)))
    given(CLIENT, dossier(), *facts, MailsResent(mails=(ONE, TWO))).when(resend_missed).then_nothing()
    given(CLIENT, dossier()).when(resend_missed).then_nothing()
    again = given(CLIENT, dossier(), *facts, MailsResent(mails=(ONE, TWO)), came_back(ONE), AddressTrusted())
    again.when(resend_missed).then_nothing()


@pytest.mark.rule("COM-1")
def test_one_mail_goes_out_again_once() -> None:
    given(CLIENT, dossier()).when(resend_mail, ONE).then(MailsResent(mails=(ONE,)))
    given(CLIENT, dossier(), MailsResent(mails=(ONE,))).when(resend_mail, ONE).then_nothing()


def test_what_is_set_aside_is_no_longer_missed() -> None:
    facts = (came_back(ONE), came_back(TWO))
    given(CLIENT, dossier(), *facts).when(set_aside, ONE).then(MissedMailsSetAside(mails=(ONE,)))
    given(CLIENT, dossier(), *facts).when(set_aside, None).then(
        MissedMailsSetAside(mails=(ONE, TWO)), AddressTrusted()
    )
    given(CLIENT, dossier(), *facts).when(set_aside, UUID(int=9)).then_nothing()


def test_a_relatives_address_takes_the_flag_away() -> None:
    def recorded(client: Any) -> Any:
        return [type(f) for f in record_contact_address(client, email="zoe@example.com", via="sa fille")]

    state = CLIENT.initial
    for fact in (dossier(email=None), came_back(reason=R.NO_ADDRESS)):
        state = CLIENT.evolve(state, fact)
    assert recorded(state)[-1] is AddressTrusted


def test_who_left_gets_nothing() -> None:
    for decide in (resend_missed, lambda c: resend_mail(c, ONE), lambda c: set_aside(c, None)):
        given(CLIENT, dossier(), DEACTIVATED).when(decide).then_refused(DossierNotActive)
