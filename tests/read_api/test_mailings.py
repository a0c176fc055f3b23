"""Mailings over the API: who sees which, what one would be, what became of each (COM-6 to COM-9)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from aggregates.client.preferences.events import Channel, PreferenceChosen
from aggregates.kernel import Role
from aggregates.mailing.allowance.events import ShareTaken
from aggregates.mailing.allowance.state import allowance_id
from tests.aggregates.test_mailings import to_audience, to_roster
from tests.read_api.conftest import School
from tests.support.builders import NOW, STARTS
from tests.support.write_side import OFFICE

CANADA = '{"kind":"country","country":"CA"}'


@pytest.fixture(scope="module", autouse=True)
def mailing(school: School) -> UUID:
    """One of the organiser's to Éloïse, which was sent, and one to a roster that waits."""
    made, waiting = uuid4(), uuid4()
    audience = to_audience(person=made, author=school.organiser, recipients=(school.eloise,), announces=None)
    roster = to_roster(person=waiting, author=school.organiser, workshop=school.own)
    yes = PreferenceChosen(channel=Channel.EMAIL, allowed=True, wording="1")
    position = school.models.given((school.eloise, yes), (made, audience), (waiting, roster))
    with school.written.side.pool.connection() as line:
        line.execute(
            "insert into outbox (id, cause, position, template, recipient, person, params, state, sent_at,"
            " attempts) values (gen_random_uuid(), gen_random_uuid(), %s, 'mailing', 'client', %s,"
            " jsonb_build_object('mailing', %s::text, 'author', %s::text), 'sent', %s, 1)",
            (position, school.eloise, made, school.organiser, NOW - timedelta(days=59)),
        )
    return made


def items(answer: Any) -> list[dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.rule("COM-6")
class TestTheList:
    def test_the_office_sees_all_and_organisers_their_own(self, school: School, mailing: UUID) -> None:
        assert str(mailing) in {m["id"] for m in items(school.get("mailings", Role.OFFICE))}
        own = school.http.get("/api/mailings", headers=school.as_(Role.ORGANISER, user=school.organiser))
        assert len(items(own)) == 2
        other = school.http.get("/api/mailings", headers=school.as_(Role.ORGANISER, user=uuid4()))
        assert items(other) == []

    @pytest.mark.rule("COM-7")
    def test_what_awaits_approval_is_told(self, school: School) -> None:
        (waiting,) = items(school.get("mailings?state=awaiting_approval", Role.OFFICE))
        assert (waiting["state_label"], waiting["workshop"]) == ("à approuver", str(school.own))

    def test_an_auditor_reads_no_text(self, school: School, mailing: UUID) -> None:
        whole = school.get(f"mailings/{mailing}", Role.AUDITOR).json()
        assert whole["mailing"]["subject"] == whole["text"] == "[masqué]"

    def test_one_tells_what_became_of_each_mail(self, school: School, mailing: UUID) -> None:
        whole = school.get(f"mailings/{mailing}", Role.OFFICE).json()
        (person,) = whole["persons"]
        assert (person["id"], person["state_label"], person["tried"]) == (str(school.eloise), "envoyé", 1)
        assert "Voici nos dates" in whole["text"]
        foreign = school.http.get(
            f"/api/mailings/{mailing}", headers=school.as_(Role.ORGANISER, user=uuid4())
        )
        assert foreign.status_code == 404


class TestTheReview:
    @pytest.mark.rule("COM-6")
    @pytest.mark.rule("COM-9")
    def test_each_exclusion_has_its_reason_and_recent_recipients_are_counted(self, school: School) -> None:
        review = school.get(f"mailings/review?query={CANADA}&announces={school.own}", Role.OFFICE).json()
        why = {row["id"]: row["excluded"] for row in review["items"]}
        assert why[str(school.eloise)] is None
        assert why[str(school.lea)] == "no_consent"
        assert (review["recipients"], review["recent"]) == (1, 1)
        early, late = review["good_moments"]
        day = STARTS.date()
        assert late == {
            "since": str(day - timedelta(weeks=4)),
            "until": str(day - timedelta(weeks=2)),
        }
        assert early["until"] < late["since"]

    @pytest.mark.rule("COM-8")
    def test_what_is_left_of_the_500_and_from_when_it_fits(self, school: School) -> None:
        assert OFFICE.user is not None
        taken = ShareTaken(mailing=uuid4(), mails=450, at=NOW)
        school.models.given((allowance_id(OFFICE.user), taken))
        headers = school.as_(Role.OFFICE, user=OFFICE.user)
        left = school.http.get("/api/mailings/allowance?mails=51", headers=headers).json()["allowance"]
        assert (left["left"], left["most"]) == (50, 500)
        assert left["fits_from"] == (NOW + timedelta(hours=24)).isoformat().replace("+00:00", "Z")

    @pytest.mark.rule("REQ-2")
    def test_an_organisers_must_be_narrow_enough(self, school: School) -> None:
        refused = school.get(f"mailings/review?query={CANADA}", Role.ORGANISER)
        assert refused.json()["code"] == "audience_too_broad"
        assert school.get(f"mailings/review?query={CANADA}", Role.ACCOUNTING).status_code == 403
