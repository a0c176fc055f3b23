"""Notes of the staff and the privilege card: who is warned of what, and which days count."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from aggregates.client.events import CardGranted, CardWithdrawn, NoteKind, NoteWritten
from aggregates.client.marks.decisions import grant_card, withdraw_card, write_note
from aggregates.client.marks.refusals import CardEndsBeforeItBegins
from aggregates.client.policies import holds_card, red_flag_heeded
from aggregates.client.refusals import (
    DossierNotActive,
    NoSuchDossier,
    PleaseContactUs,
    RedFlagUnconfirmed,
)
from aggregates.client.state import CLIENT, Card, Dossier, Note
from tests.aggregates.given import CLIENT_ID, NOW, dossier, given, registered
from tests.aggregates.test_client_dossier import CANCELLED, DEACTIVATED

TODAY = NOW.date()
GRANTED = CardGranted(valid_from=TODAY, valid_until=None)


def note(
    kind: NoteKind, text: str | None = "Pose beaucoup de questions.", *, online: bool = True
) -> NoteWritten:
    return NoteWritten(person=CLIENT_ID, kind=kind, text=text, no_online_registration=not online)


class TestNotes:
    @pytest.mark.rule("DOS-13")
    @pytest.mark.parametrize("kind", NoteKind)
    def test_each_of_the_three_is_written_changed_and_emptied(self, kind: NoteKind) -> None:
        text = "Pose beaucoup de questions."
        after = given(CLIENT, dossier()).when(write_note, kind, text).then(note(kind))
        assert isinstance(after, Dossier)
        assert after.notes == {kind: Note(text, no_online_registration=False)}
        written = given(CLIENT, dossier(), note(kind))
        written.when(write_note, kind, "Va mieux.").then(note(kind, "Va mieux."))
        emptied = written.when(write_note, kind, None).then(note(kind, None))
        assert isinstance(emptied, Dossier)
        assert emptied.notes == {}

    @pytest.mark.rule("DOS-13")
    def test_the_three_stand_side_by_side(self) -> None:
        after = (
            given(CLIENT, dossier(), note(NoteKind.TRAINER), note(NoteKind.ACCOUNTING, "Doit 375 $."))
            .when(write_note, NoteKind.GENERAL, "Vient de Laval.")
            .then(note(NoteKind.GENERAL, "Vient de Laval."))
        )
        assert isinstance(after, Dossier)
        assert set(after.notes) == set(NoteKind)

    def test_the_same_again_is_nothing_new(self) -> None:
        given(CLIENT, dossier(), note(NoteKind.TRAINER)).when(
            write_note, NoteKind.TRAINER, "Pose beaucoup de questions."
        ).then_nothing()
        given(CLIENT, dossier()).when(write_note, NoteKind.GENERAL, None).then_nothing()

    @pytest.mark.rule("DOS-13")
    def test_no_client_sees_a_note(self) -> None:
        assert not NoteWritten.VISIBLE

    @pytest.mark.rule("DOS-13")
    def test_the_red_flag_warns_staff_and_stops_clients_only_with_its_option(self) -> None:
        for online in (True, False):
            after = (
                given(CLIENT, dossier())
                .when(write_note, NoteKind.ACCOUNTING, "Doit 375 $.", no_online_registration=not online)
                .then(note(NoteKind.ACCOUNTING, "Doit 375 $.", online=online))
            )
            assert isinstance(after, Dossier)
            with pytest.raises(RedFlagUnconfirmed):
                red_flag_heeded(after, by_staff=True, confirmed=False)
            red_flag_heeded(after, by_staff=True, confirmed=True)
            if online:
                red_flag_heeded(after, by_staff=False, confirmed=False)
            else:
                with pytest.raises(PleaseContactUs) as caught:
                    red_flag_heeded(after, by_staff=False, confirmed=False)
                assert caught.value.fields == {}, "the reason is not told"

    @pytest.mark.rule("DOS-13")
    def test_the_option_alone_is_a_change(self) -> None:
        flagged = given(CLIENT, dossier(), note(NoteKind.ACCOUNTING, "Doit 375 $."))
        flagged.when(write_note, NoteKind.ACCOUNTING, "Doit 375 $.", no_online_registration=True).then(
            note(NoteKind.ACCOUNTING, "Doit 375 $.", online=False)
        )

    @pytest.mark.parametrize(
        ("kind", "text"),
        [(NoteKind.TRAINER, "Bavard."), (NoteKind.GENERAL, "Bavard."), (NoteKind.ACCOUNTING, None)],
    )
    def test_only_a_red_flag_has_the_option(self, kind: NoteKind, text: str | None) -> None:
        with pytest.raises(ValueError, match="only a red flag"):
            given(CLIENT, dossier()).when(write_note, kind, text, no_online_registration=True).then()

    def test_there_must_be_an_active_dossier(self) -> None:
        given(CLIENT).when(write_note, NoteKind.GENERAL, "?").then_refused(NoSuchDossier)
        gone = given(CLIENT, dossier(), registered(), CANCELLED, DEACTIVATED)
        gone.when(write_note, NoteKind.GENERAL, "?").then_refused(DossierNotActive)


class TestCard:
    @pytest.mark.rule("DOS-20")
    def test_a_card_counts_from_its_first_to_its_last_day(self) -> None:
        last = TODAY + timedelta(days=10)
        after = (
            given(CLIENT, dossier())
            .when(grant_card, valid_from=TODAY, valid_until=last)
            .then(CardGranted(valid_from=TODAY, valid_until=last))
        )
        assert isinstance(after, Dossier)
        days = [TODAY - timedelta(days=1), TODAY, last, last + timedelta(days=1)]
        assert [holds_card(after, day) for day in days] == [False, True, True, False]

    @pytest.mark.rule("DOS-20")
    def test_a_card_without_last_day_is_for_good(self) -> None:
        after = given(CLIENT, dossier()).when(grant_card, valid_from=TODAY, valid_until=None).then(GRANTED)
        assert isinstance(after, Dossier)
        assert holds_card(after, date(2099, 1, 1))

    @pytest.mark.rule("DOS-20")
    def test_of_one_day_is_the_shortest(self) -> None:
        given(CLIENT, dossier()).when(grant_card, valid_from=TODAY, valid_until=TODAY).then(
            CardGranted(valid_from=TODAY, valid_until=TODAY)
        )
        before = TODAY - timedelta(days=1)
        given(CLIENT, dossier()).when(grant_card, valid_from=TODAY, valid_until=before).then_refused(
            CardEndsBeforeItBegins, valid_from=TODAY, valid_until=before
        )

    @pytest.mark.rule("DOS-20")
    def test_a_card_is_given_other_days_and_withdrawn(self) -> None:
        held = given(CLIENT, dossier(), GRANTED)
        held.when(grant_card, valid_from=TODAY, valid_until=None).then_nothing()
        shorter = held.when(grant_card, valid_from=TODAY, valid_until=TODAY).then(
            CardGranted(valid_from=TODAY, valid_until=TODAY)
        )
        assert isinstance(shorter, Dossier)
        assert shorter.card == Card(TODAY, TODAY)
        after = held.when(withdraw_card).then(CardWithdrawn())
        assert isinstance(after, Dossier)
        assert not holds_card(after, TODAY)

    def test_withdrawing_what_nobody_has_is_nothing(self) -> None:
        given(CLIENT, dossier()).when(withdraw_card).then_nothing()
        given(CLIENT).when(withdraw_card).then_refused(NoSuchDossier)
