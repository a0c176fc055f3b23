"""Mailings to audiences and rosters: what may be written to whom, when a warning must be confirmed."""

from __future__ import annotations

from dataclasses import fields
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from aggregates.audience.found import Found, FoundAudience, fingerprint
from aggregates.kernel import Fact, months_from
from aggregates.mailing.decisions import (
    Announcing,
    Audience,
    Draft,
    announce,
    approve,
    cancel,
    compose_for_audience,
    compose_for_roster,
    start_sending,
    withdraw,
)
from aggregates.mailing.events import (
    AnnouncementMade,
    AnnouncementWithdrawn,
    AudienceMailingComposed,
    Excluded,
    Exclusion,
    ImagePlace,
    MailingApproved,
    MailingCancelled,
    MailingSendingStarted,
    Picture,
    Pressure,
    RosterMailingComposed,
    Series,
)
from aggregates.mailing.policies import no_words_in_capitals, pressure_of
from aggregates.mailing.refusals import (
    AudienceChanged,
    AudienceTooLarge,
    MailingAlreadyCancelled,
    MailingAwaitsApproval,
    NobodyToWriteTo,
    NoImageToRoster,
    NoSuchMailing,
    PressureToConfirm,
    RosterMailAfterClosing,
    RosterMailNeedsReason,
    UnknownPlaceholder,
    WordsInCapitals,
)
from aggregates.mailing.state import (
    ANNOUNCEMENTS,
    MAILING,
    Announcement,
    Announcements,
    AwaitingApproval,
    CancelledMailing,
    Queued,
    Sending,
    announcements_id,
)
from tests.aggregates.given import CLIENT_ID, NOW, ORGANISER, OTHER_CLIENT, WORKSHOP_ID, Outcome, given, uid

PARIS, TORONTO = "Europe/Paris", "America/Toronto"
MAILING_ID = uid("mailing")
DRAFT = Draft(
    MAILING_ID, ORGANISER, "Nouvelles dates à Lyon", "{cher} {prenom_client},\n\nVoici nos dates. 🎉"
)
SERIES = Series(organiser=ORGANISER, city="Lyon", name="Printemps", workshop=WORKSHOP_ID)
ALONE = Series(organiser=ORGANISER, city="Lyon", name=None, workshop=WORKSHOP_ID)
FOUND = [CLIENT_ID, OTHER_CLIENT, uid("third")]
SEATS = {uid("a seat"): CLIENT_ID, uid("another seat"): OTHER_CLIENT}
ATTACHED = (uid("file"),)
CONDITIONS = '{"kind":"no_email"}'
AUDIENCE_FIELDS = {field.name for field in fields(Audience)}


def to_audience(**changes: Any) -> AudienceMailingComposed:
    values: dict[str, Any] = {
        "person": MAILING_ID,
        "author": ORGANISER,
        "recipients": tuple(FOUND),
        "found": 3,
        "subject": DRAFT.subject,
        "text": DRAFT.text,
        "attachments": (),
        "image": None,
        "announces": None,
        "pressure": (),
        "pressure_reason": None,
        "conditions": CONDITIONS,
    }
    return AudienceMailingComposed(**values | changes)


def to_roster(**changes: Any) -> RosterMailingComposed:
    values: dict[str, Any] = {
        "person": MAILING_ID,
        "author": ORGANISER,
        "workshop": WORKSHOP_ID,
        "registrations": tuple(SEATS),
        "recipients": (CLIENT_ID, OTHER_CLIENT),
        "subject": DRAFT.subject,
        "text": DRAFT.text,
        "attachments": (),
        "reason": "La salle change à la dernière minute.",
        "needs_approval": True,
    }
    return RosterMailingComposed(**values | changes)


def composing(*before: Fact, draft: Draft = DRAFT, **changes: Any) -> Outcome[Any]:
    """Names of the audience's fields change those; `persons` those found, who all may be written to."""
    persons = changes.pop("persons", [Found(client, consents=True, has_address=True) for client in FOUND])
    about: dict[str, Any] = {
        "conditions": CONDITIONS,
        "found": FoundAudience(len(persons), persons),
        "left_out": (),
        "reviewed": fingerprint(person.client for person in persons),
    }
    about |= {name: changes.pop(name) for name in AUDIENCE_FIELDS & changes.keys()}
    values: dict[str, Any] = {
        "announcing": None,
        "capitals_allowed": (),
        "now": NOW,
        "zone": TORONTO,
    }
    return given(MAILING, *before).when(compose_for_audience, draft, Audience(**about), **values | changes)


def writing(*before: Fact, draft: Draft = DRAFT, **changes: Any) -> Outcome[Any]:
    values: dict[str, Any] = {
        "workshop": WORKSHOP_ID,
        "seats": SEATS,
        "reason": "La salle change à la dernière minute.",
        "needs_approval": True,
        "closed": False,
        "capitals_allowed": (),
    }
    return given(MAILING, *before).when(compose_for_roster, draft, **values | changes)


@pytest.mark.rule("COM-6")
class TestCapitals:
    @pytest.mark.parametrize(
        "text",
        [
            "D'Arcy",
            "D’Arcy",
            "À bientôt",
            "R.G.P.D.",
            "un film en 3D",
            "iOS et McDonald",
            "Écoute de soi, 375 $, 🎉🎉",
            "https://ECOLE.example.com/ATELIERS?LIEU=LYON et WWW.ECOLE.EXAMPLE/A",
            "{PRENOM}",
            "E T C",
            "A1B2C3",
            "",
        ],
    )
    def test_these_pass(self, text: str) -> None:
        no_words_in_capitals([text], ())

    @pytest.mark.parametrize(
        ("text", "word"),
        [
            ("cahier, stylo, ETC", "ETC"),
            ("vive l'ÉTÉ", "ÉTÉ"),
            ("L'ÉTÉ", "ÉTÉ"),
            ("L’ÉTÉ", "ÉTÉ"),
            ("L\N{MODIFIER LETTER APOSTROPHE}ÉTÉ", "ÉTÉ"),
            ("COVID-19", "COVID"),
            ("E\N{COMBINING ACUTE ACCENT}TE\N{COMBINING ACUTE ACCENT}", "ÉTÉ"),
            ("ŒUVRE", "ŒUVRE"),
            ("OK", "OK"),
            ("ÊTRE bien", "ÊTRE"),
            ("HTTPS", "HTTPS"),
            ("voir https://example.com DÈS ce soir", "DÈS"),
        ],
    )
    def test_these_are_refused_and_named(self, text: str, word: str) -> None:
        with pytest.raises(WordsInCapitals) as caught:
            no_words_in_capitals([text], ())
        assert caught.value.fields == {"words": (word,)}

    def test_each_word_is_named_once_in_its_order(self) -> None:
        with pytest.raises(WordsInCapitals) as caught:
            no_words_in_capitals(["GRAND jour", "un TRÈS GRAND jour"], ())
        assert caught.value.fields == {"words": ("GRAND", "TRÈS")}

    def test_the_schools_own_words_pass(self) -> None:
        no_words_in_capitals(["ÊTRE BIEN"], ("E\N{COMBINING CIRCUMFLEX ACCENT}TRE", "BIEN"))
        with pytest.raises(WordsInCapitals):
            no_words_in_capitals(["ÊTRES BIEN"], ("ÊTRE", "BIEN"))

    @pytest.mark.rule("COM-7")
    @pytest.mark.parametrize("compose", [composing, writing])
    @pytest.mark.parametrize("part", ["subject", "text"])
    def test_subject_and_text_are_looked_at_in_every_mailing(self, compose: Any, part: str) -> None:
        parts: dict[str, Any] = {"subject": DRAFT.subject, "text": DRAFT.text, part: "Dernières PLACES"}
        compose(draft=Draft(MAILING_ID, ORGANISER, **parts)).then_refused(WordsInCapitals, words=("PLACES",))
        allowed = compose(draft=Draft(MAILING_ID, ORGANISER, **parts), capitals_allowed=("PLACES",))
        assert len(allowed.decide(allowed.state)) == 1


class TestToAnAudience:
    @pytest.mark.rule("COM-6")
    def test_it_is_queued_for_those_reviewed(self) -> None:
        after = composing().then(to_audience())
        assert isinstance(after, Queued)
        assert after.composed.recipients == tuple(FOUND)
        composing(to_audience()).then_nothing()

    @pytest.mark.rule("COM-5")
    @pytest.mark.parametrize("place", ImagePlace)
    def test_files_and_one_image_come_along(self, place: ImagePlace) -> None:
        image = Picture(file=uid("image"), place=place)
        draft = Draft(MAILING_ID, ORGANISER, DRAFT.subject, DRAFT.text, ATTACHED, image)
        composing(draft=draft).then(to_audience(attachments=ATTACHED, image=image))

    @pytest.mark.rule("COM-8")
    def test_300_persons_pass_and_301_do_not_even_if_some_are_left_out(self) -> None:
        clients = [uid(f"person {n}") for n in range(301)]
        persons = [Found(client, consents=True, has_address=True) for client in clients]
        composing(persons=persons[:300]).then(to_audience(recipients=tuple(clients[:300]), found=300))
        composing(persons=persons, left_out=clients[100:]).then_refused(AudienceTooLarge, found=301, most=300)

    @pytest.mark.rule("COM-8")
    def test_a_list_is_sent_as_it_was_reviewed_or_reviewed_again(self) -> None:
        for reviewed in (None, "", fingerprint(FOUND[:2])):
            composing(reviewed=reviewed).then_refused(AudienceChanged, found=3)
        composing(reviewed=fingerprint(reversed(FOUND))).then(to_audience())

    @pytest.mark.rule("COM-6")
    def test_who_is_excluded_is_named_with_the_first_reason(self) -> None:
        unwilling, unreached, third = FOUND
        persons = [
            Found(unwilling, consents=False, has_address=False),
            Found(unreached, consents=True, has_address=False),
            Found(third, consents=True, has_address=True),
        ]
        excluded = {unwilling: Exclusion.NO_CONSENT, unreached: Exclusion.NO_ADDRESS}
        named = tuple(Excluded(client=client, reason=reason) for client, reason in excluded.items())
        composing(persons=persons).then(to_audience(recipients=(third,), excluded=named))
        composing(persons=persons, left_out=[third]).then_refused(NobodyToWriteTo)
        left_out = (Excluded(client=unwilling, reason=Exclusion.LEFT_OUT), named[1])
        composing(persons=persons, left_out=[unwilling]).then(
            to_audience(recipients=(third,), excluded=left_out)
        )

    @pytest.mark.rule("REQ-2")
    def test_an_organisers_joint_announcement_waits_for_approval(self) -> None:
        many = FoundAudience(2_000, [Found(CLIENT_ID, consents=True, has_address=True)])
        joint: dict[str, Any] = {"joint": (ORGANISER,), "needs_approval": True}
        fact = to_audience(recipients=(CLIENT_ID,), found=2_000, **joint)
        waiting = composing(found=many, reviewed=None, **joint).then(fact)
        assert isinstance(waiting, AwaitingApproval)
        given(MAILING, fact).when(approve, closed=False).then(MailingApproved())

    @pytest.mark.rule("COM-9")
    def test_those_left_out_get_nothing_and_somebody_must_remain(self) -> None:
        composing(left_out=[OTHER_CLIENT, uid("stranger")]).then(
            to_audience(
                recipients=(CLIENT_ID, uid("third")),
                excluded=(Excluded(client=OTHER_CLIENT, reason=Exclusion.LEFT_OUT),),
            )
        )
        composing(left_out=FOUND).then_refused(NobodyToWriteTo)
        composing(persons=[]).then_refused(NobodyToWriteTo)

    @pytest.mark.rule("COM-4")
    def test_a_placeholder_that_a_mailing_does_not_know_is_refused(self) -> None:
        with pytest.raises(UnknownPlaceholder) as caught:
            composing(draft=Draft(MAILING_ID, ORGANISER, "Bonjour", "{cher} {solde}")).then_nothing()
        assert caught.value.fields["unknown"] == ("{solde}",)
        assert "{prenom_client}" in caught.value.fields["allowed"]


@pytest.mark.rule("COM-7")
class TestToARoster:
    def test_an_organisers_waits_for_approval(self) -> None:
        after = writing().then(to_roster())
        assert isinstance(after, AwaitingApproval)
        writing(to_roster()).then_nothing()

    def test_an_organiser_gives_a_reason_office_need_not(self) -> None:
        writing(reason=None).then_refused(RosterMailNeedsReason)
        after = writing(reason=None, needs_approval=False).then(to_roster(reason=None, needs_approval=False))
        assert isinstance(after, Queued)

    def test_a_file_is_allowed_an_image_is_not(self) -> None:
        draft = Draft(MAILING_ID, ORGANISER, DRAFT.subject, DRAFT.text, ATTACHED)
        writing(draft=draft).then(to_roster(attachments=ATTACHED))
        image = Picture(file=uid("image"), place=ImagePlace.LAST)
        writing(draft=Draft(MAILING_ID, ORGANISER, DRAFT.subject, DRAFT.text, ATTACHED, image)).then_refused(
            NoImageToRoster
        )

    @pytest.mark.rule("COM-8")
    def test_the_300_do_not_bind_a_roster(self) -> None:
        seats = {uid(f"seat {n}"): uid(f"person {n}") for n in range(301)}
        writing(seats=seats).then(to_roster(registrations=tuple(seats), recipients=tuple(seats.values())))
        writing(seats={}).then_refused(NobodyToWriteTo)

    def test_it_knows_its_workshop_and_no_money(self) -> None:
        draft = Draft(MAILING_ID, ORGANISER, "{activite}", "{dates} {lieu} {prenom_client}")
        writing(draft=draft).then(to_roster(subject=draft.subject, text=draft.text))
        with pytest.raises(UnknownPlaceholder):
            writing(draft=Draft(MAILING_ID, ORGANISER, "Bonjour", "{solde}")).then_nothing()

    def test_nothing_is_written_or_approved_once_the_workshop_is_closed(self) -> None:
        writing(closed=True).then_refused(RosterMailAfterClosing)
        writing(closed=True, needs_approval=False).then_refused(RosterMailAfterClosing)
        given(MAILING, to_roster()).when(approve, closed=True).then_refused(RosterMailAfterClosing)

    def test_it_is_approved_once(self) -> None:
        after = given(MAILING, to_roster()).when(approve, closed=False).then(MailingApproved())
        assert isinstance(after, Queued)
        given(MAILING, to_roster(), MailingApproved()).when(approve, closed=False).then_nothing()

    def test_what_needs_no_approval_has_it(self) -> None:
        for composed in (to_audience(), to_roster(needs_approval=False)):
            given(MAILING, composed).when(approve, closed=False).then_nothing()

    def test_a_cancelled_one_is_not_approved_and_an_unknown_one_is_missing(self) -> None:
        cancelled = given(MAILING, to_roster(), MailingCancelled(person=MAILING_ID, reason=None))
        cancelled.when(approve, closed=False).then_refused(MailingAlreadyCancelled)
        given(MAILING).when(approve, closed=False).then_refused(NoSuchMailing)


@pytest.mark.rule("COM-7")
class TestCancel:
    @pytest.mark.parametrize("composed", [to_audience(), to_roster(), to_roster(needs_approval=False)])
    def test_the_author_cancels_the_own_once(self, composed: Fact) -> None:
        cancelled = MailingCancelled(person=MAILING_ID, reason="Une erreur de date.")
        own: dict[str, Any] = {"by": ORGANISER, "others_too": False, "reason": "Une erreur de date."}
        after = given(MAILING, composed).when(cancel, MAILING_ID, **own).then(cancelled)
        assert isinstance(after, CancelledMailing)
        given(MAILING, composed, cancelled).when(cancel, MAILING_ID, **own).then_nothing()

    def test_another_organisers_reads_as_unknown_and_office_may(self) -> None:
        other: dict[str, Any] = {"by": uid("another organiser"), "reason": None}
        given(MAILING, to_roster()).when(cancel, MAILING_ID, **other, others_too=False).then_refused(
            NoSuchMailing
        )
        given(MAILING, to_roster()).when(cancel, MAILING_ID, **other, others_too=True).then(
            MailingCancelled(person=MAILING_ID, reason=None)
        )
        given(MAILING).when(cancel, MAILING_ID, **other, others_too=True).then_refused(NoSuchMailing)


@pytest.mark.rule("COM-8")
class TestStartSending:
    @pytest.mark.parametrize(
        "before", [(to_audience(),), (to_roster(needs_approval=False),), (to_roster(), MailingApproved())]
    )
    def test_what_is_queued_begins_once(self, before: tuple[Any, ...]) -> None:
        started = MailingSendingStarted()
        after = given(MAILING, *before).when(start_sending).then(started)
        assert isinstance(after, Sending)
        given(MAILING, *before, started).when(start_sending).then_nothing()
        given(MAILING, *before, started).when(approve, closed=True).then_nothing()

    @pytest.mark.rule("COM-7")
    def test_it_leaves_neither_unapproved_nor_cancelled(self) -> None:
        given(MAILING).when(start_sending).then_refused(NoSuchMailing)
        given(MAILING, to_roster()).when(start_sending).then_refused(MailingAwaitsApproval)
        cancelled = MailingCancelled(person=MAILING_ID, reason=None)
        given(MAILING, to_audience(), cancelled).when(start_sending).then_refused(MailingAlreadyCancelled)

    def test_the_rest_is_cancelled_afterwards(self) -> None:
        cancelled = MailingCancelled(person=MAILING_ID, reason="Une erreur de date.")
        after = (
            given(MAILING, to_audience(), MailingSendingStarted())
            .when(cancel, MAILING_ID, by=ORGANISER, others_too=False, reason="Une erreur de date.")
            .then(cancelled)
        )
        assert isinstance(after, CancelledMailing)


def made(mailing: str, at: datetime, series: Series = SERIES) -> AnnouncementMade:
    return AnnouncementMade(
        mailing=uid(mailing), name=series.name, workshop=series.workshop, at=at, city=series.city
    )


def past(*announcements: tuple[Series, datetime]) -> list[Announcement]:
    return [Announcement(series.name, series.workshop, at, series.city) for series, at in announcements]


LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.mark.rule("COM-9")
class TestPressure:
    def test_the_first_two_of_a_series_pass_the_third_is_warned(self) -> None:
        twice = past((SERIES, LONG_AGO), (SERIES, LONG_AGO + timedelta(days=90)))
        for some, warnings in ((twice[:1], ()), (twice, (Pressure.THIRD_ANNOUNCEMENT,))):
            assert pressure_of(some, SERIES, today=date(2026, 9, 1), zone=TORONTO) == warnings

    def test_another_series_counts_apart_a_name_is_folded(self) -> None:
        other = SERIES.model_copy(update={"name": "Automne"})
        folded = SERIES.model_copy(update={"name": "printemps "})
        twice = past((SERIES, LONG_AGO), (SERIES, LONG_AGO))
        assert pressure_of(twice, other, today=date(2026, 9, 1), zone=TORONTO) == ()
        assert pressure_of(twice, folded, today=date(2026, 9, 1), zone=TORONTO) != ()

    def test_a_workshop_without_a_named_set_is_its_own_series(self) -> None:
        twice = past((ALONE, LONG_AGO), (ALONE, LONG_AGO))
        other = ALONE.model_copy(update={"workshop": uid("another workshop")})
        september = date(2026, 9, 1)
        assert pressure_of(twice, ALONE, today=september, zone=TORONTO) == (Pressure.THIRD_ANNOUNCEMENT,)
        assert pressure_of(twice, other, today=september, zone=TORONTO) == ()
        assert pressure_of(twice, SERIES, today=september, zone=TORONTO) == ()

    @pytest.mark.parametrize(
        ("previous", "today", "warned"),
        [
            (date(2026, 3, 15), date(2026, 5, 14), True),
            (date(2026, 3, 15), date(2026, 5, 15), False),
            (date(2026, 12, 31), date(2027, 2, 27), True),
            (date(2026, 12, 31), date(2027, 2, 28), False),
            (date(2026, 11, 30), date(2027, 1, 29), True),
            (date(2026, 11, 30), date(2027, 1, 30), False),
        ],
    )
    def test_two_calendar_months_apart_are_enough_a_day_less_is_warned(
        self, previous: date, today: date, warned: bool
    ) -> None:
        noon = datetime(previous.year, previous.month, previous.day, 17, tzinfo=UTC)
        other = SERIES.model_copy(update={"name": "Automne"})
        expected = (Pressure.TOO_SOON,) if warned else ()
        assert pressure_of(past((other, noon)), SERIES, today=today, zone=TORONTO) == expected

    def test_days_are_those_of_the_schools_zone(self) -> None:
        late = datetime(2026, 3, 16, 2, tzinfo=UTC)  # the 15th in Toronto, the 16th in Paris
        for zone, warnings in ((TORONTO, ()), (PARIS, (Pressure.TOO_SOON,))):
            assert pressure_of(past((ALONE, late)), SERIES, today=date(2026, 5, 15), zone=zone) == warnings

    @pytest.mark.parametrize(
        ("day", "months", "later"),
        [
            (date(2027, 12, 31), 2, date(2028, 2, 29)),
            (date(2026, 10, 31), 1, date(2026, 11, 30)),
            (date(2026, 12, 1), 1, date(2027, 1, 1)),
            (date(2026, 11, 24), 0, date(2026, 11, 24)),
        ],
    )
    def test_months_end_where_they_end(self, day: date, months: int, later: date) -> None:
        assert months_from(day, months) == later

    def test_a_warning_is_confirmed_with_a_reason_that_is_kept(self) -> None:
        before = Announcements({uid("m1"): past((SERIES, NOW - timedelta(days=20)))[0]})
        composing(announcing=Announcing(SERIES, before, None)).then_refused(
            PressureToConfirm, warnings=(Pressure.TOO_SOON,), announcements=1, previous=date(2026, 11, 4)
        )
        confirmed = Announcing(SERIES, before, "La salle a changé.")
        composing(announcing=confirmed).then(
            to_audience(announces=SERIES, pressure=(Pressure.TOO_SOON,), pressure_reason="La salle a changé.")
        )

    def test_without_a_warning_a_reason_says_nothing(self) -> None:
        composing(announcing=Announcing(SERIES, Announcements(), "Pour rien.")).then(
            to_audience(announces=SERIES)
        )

    @pytest.mark.parametrize(
        ("before", "now", "pressed"),
        [("LYON", "Lyon", True), ("Lyon", "Paris", False), (None, "Lyon", False), (None, None, True)],
    )
    def test_only_the_same_city_presses_its_name_is_folded(
        self, before: str | None, now: str | None, pressed: bool
    ) -> None:
        made_before = past((SERIES.model_copy(update={"city": before}), NOW))[0]
        series = SERIES.model_copy(update={"city": now})
        announcing = Announcing(series, Announcements({uid("m1"): made_before}), None)
        composing_now = composing(announcing=announcing)
        if pressed:
            composing_now.then_refused(
                PressureToConfirm,
                warnings=(Pressure.TOO_SOON,),
                announcements=1,
                previous=NOW.date(),
            )
        else:
            composing_now.then(to_audience(announces=series))

    def test_both_warnings_come_together(self) -> None:
        before = Announcements({uid(f"m{n}"): past((SERIES, NOW))[0] for n in range(2)})
        composing(announcing=Announcing(SERIES, before, None)).then_refused(
            PressureToConfirm,
            warnings=(Pressure.THIRD_ANNOUNCEMENT, Pressure.TOO_SOON),
            announcements=2,
            previous=NOW.date(),
        )


@pytest.mark.rule("COM-9")
class TestAnnouncements:
    def test_a_mailing_counts_once_until_it_is_withdrawn(self) -> None:
        first = made("m1", NOW)
        given(ANNOUNCEMENTS).when(announce, uid("m1"), SERIES, now=NOW).then(first)
        given(ANNOUNCEMENTS, first).when(announce, uid("m1"), SERIES, now=NOW).then_nothing()
        gone = AnnouncementWithdrawn(mailing=uid("m1"))
        after = given(ANNOUNCEMENTS, first, made("m2", NOW)).when(withdraw, uid("m1")).then(gone)
        assert set(after.made) == {uid("m2")}
        given(ANNOUNCEMENTS, first, gone).when(withdraw, uid("m1")).then_nothing()

    def test_each_organiser_has_its_own(self) -> None:
        assert announcements_id(ORGANISER) != announcements_id(uid("another"))


@pytest.mark.parametrize(
    ("before", "fact"),
    [
        ((), MailingApproved()),
        ((), MailingCancelled(person=MAILING_ID, reason=None)),
        ((to_audience(),), MailingApproved()),
        ((to_roster(),), MailingSendingStarted()),
        ((to_roster(),), to_roster()),
        ((to_roster(), MailingCancelled(person=MAILING_ID, reason=None)), MailingApproved()),
    ],
)
def test_a_fact_that_no_decision_makes_is_an_error(before: tuple[Any, ...], fact: Any) -> None:
    with pytest.raises(ValueError, match=fact.TOPIC):
        MAILING.evolve(given(MAILING, *before).state, fact)
