"""A quote is what the command then invoices, line by line, and is refused as the command is (CAT-3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from aggregates.client.events import NoteKind
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from commands.catalogue.retire_activity import RetireActivity
from commands.clients.grant_card import GrantCard
from commands.clients.write_note import WriteNote
from commands.message import Command
from commands.registrations.add_followed_workshop import AddFollowedWorkshop
from commands.registrations.register_client import RegisterClient
from commands.registrations.register_for_phase import PhaseDate, RegisterForPhase
from commands.workshops.cancel_workshop import CancelWorkshop
from read_api.shapes_quote import Quote
from tests.examples import test_prices
from tests.examples.story import Story
from tests.support.http import Door, assert_problem
from tests.support.write_side import ACCOUNTING, ADMIN, School

pytestmark = pytest.mark.rule("CAT-3", "INS-1", "INS-2", "INS-3", "INS-4")
CASES = {name: case for name, case in vars(test_prices).items() if name.startswith("test_")}
ZERO, FULL, DEPOSIT = ({"minor": minor, "currency": "CAD"} for minor in (0, 37_500, 4_000))


def asked(command: RegisterClient | RegisterForPhase) -> dict[str, Any]:
    """The quote's parameters for what the command buys."""
    if isinstance(command, RegisterClient):
        workshops = [] if command.workshop is None else [command.workshop]
        found: dict[str, Any] = {"activity": command.activity, "trainee": command.trainee}
    else:
        workshops = [chosen.workshop for chosen in command.dates]
        found = {"phase": command.phase}
    found |= {"workshop": [str(w) for w in workshops]}
    return found | ({} if command.discount is None else {"discount": command.discount})


def ask(door: Door, client: UUID, headers: dict[str, str] | None = None, **params: Any) -> httpx2.Response:
    told = {name: value if isinstance(value, list) else str(value) for name, value in params.items()}
    return door.http.get(
        f"/api/clients/{client}/quote", params=told, headers=door.office if headers is None else headers
    )


def quoted(door: Door, command: RegisterClient | RegisterForPhase, **headers: str) -> Any:
    """The quote for what the command buys, of the shape that the OpenAPI file shows."""
    answer = ask(door, command.client, door.office | headers, **asked(command))
    assert answer.status_code == 200, answer.text
    Quote.model_validate_json(answer.content)
    return answer.json()


def invoiced(school: School, made: Mapping[str, UUID]) -> list[dict[str, Any]]:
    """The invoice's lines as a quote has them."""
    lines = school.side.store.load([INVOICE.at(made["invoice"])])[0].state.lines
    return [
        {
            "activity": str(line.activity),
            "name": line.activity_name,
            **{n: getattr(line, n).model_dump(mode="json") for n in ("price", "deposit", "due_now")},
            "starts": line.starts,
            "done_on": None if line.done_on is None else line.done_on.isoformat(),
            "reasons": [(r.code.value, r.after.model_dump(mode="json")) for r in line.reasons],
        }
        for line in lines
    ]


def as_lines(found: Any) -> list[dict[str, Any]]:
    """The quote's lines, without what no invoice says."""
    return [
        {name: value for name, value in line.items() if name not in ("workshop", "retake")}
        | {
            "starts": line["starts"] and datetime.fromisoformat(line["starts"]),
            "reasons": [(reason["code"], reason["after"]) for reason in line["reasons"]],
        }
        for line in found["lines"]
    ]


def follow(school: School, client: UUID, activity: UUID, day: date) -> None:
    """The client followed it abroad."""
    wish = AddFollowedWorkshop(client=client, activity=activity, first_day=day, last_day=day, country="MA")
    school.send(wish, ACCOUNTING)


class QuotedStory(Story):
    """An example in which each purchase is quoted before it is made, and each refused one too."""

    compared = 0

    def act(
        self, text: str, command: Command, *, by: Role = Role.OFFICE, user: UUID | None = None
    ) -> Mapping[str, UUID]:
        if not isinstance(command, RegisterClient | RegisterForPhase):
            return super().act(text, command, by=by, user=user)
        found = quoted(self.door, command, **self.door.as_(by))
        made = super().act(text, command, by=by, user=user)
        lines = invoiced(self.school, made)
        assert as_lines(found) == lines
        for name in ("price", "deposit", "due_now"):
            assert found["total"][name]["minor"] == sum(line[name]["minor"] for line in lines)
        assert found["currency"] == lines[0]["price"]["currency"]
        self.compared += 1
        return made

    def refused(
        self, text: str, command: Command, code: str, *, by: Role = Role.OFFICE, user: UUID | None = None
    ) -> None:
        super().refused(text, command, code, by=by, user=user)
        assert isinstance(command, RegisterClient | RegisterForPhase)
        with self.door.nothing_done():
            answer = ask(self.door, command.client, self.door.as_(by), **asked(command))
        if code == "full_payment_needed":
            assert answer.json()["full_payment_needed"] is True
        else:
            assert answer.json() == self.door.send(command, self.door.as_(by)).json()
        self.compared += 1


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_example_is_quoted_as_it_is_invoiced(door: Door, case: Callable[[Story], None]) -> None:
    story = QuotedStory(door, ())
    case(story)
    assert story.compared > 0


def test_a_quote_that_is_not_the_invoices_is_found_out(door: Door) -> None:
    """The control: the comparison sees another price and another date."""
    client, activity = door.school.client(), door.school.activity()
    wish = RegisterClient(client=client, activity=activity, workshop=door.school.workshop(activity))
    found = quoted(door, wish)
    lines = invoiced(door.school, door.school.send(wish).made)
    assert as_lines(found) == lines
    found["lines"][0]["starts"] = None
    assert as_lines(found) != lines


def test_nothing_is_sold_and_no_number_drawn(door: Door) -> None:
    client, (phase, activities) = door.school.client(), door.school.phase(size=2)
    workshop = door.school.workshop(activities[0])
    with door.nothing_done():
        quoted(door, RegisterClient(client=client, activity=activities[0], workshop=workshop))
        dates = (PhaseDate(activity=activities[0], workshop=workshop),)
        found = quoted(door, RegisterForPhase(client=client, phase=phase, dates=dates))
    assert [line["workshop"] for line in found["lines"]] == [str(workshop), None]


def test_each_rule_is_told_in_the_askers_language(door: Door) -> None:
    client, activity, discount = door.school.client(), door.school.activity(), door.school.discount()
    wish = RegisterClient(client=client, activity=activity, workshop=None, discount=discount)
    (french,), (english,) = (
        quoted(door, wish, **{"Accept-Language": language})["lines"] for language in ("fr", "en")
    )
    assert [r["code"] for r in french["reasons"]] == ["base_price", "discount", "deposit"]
    space = "\N{NO-BREAK SPACE}"
    assert french["reasons"][1]["sentence"] == f"Rabais{space}: 337,50{space}$"
    assert english["reasons"][1]["sentence"] == "Discount: $337.50"
    assert french["reasons"][1]["after"] == {"minor": 33_750, "currency": "CAD"}


def test_what_counts_as_done_has_its_old_date_and_no_seat(door: Door) -> None:
    client, (phase, activities) = door.school.client(), door.school.phase(size=2)
    day = datetime.now(UTC).date() - timedelta(days=100)
    follow(door.school, client, activities[0], day)
    found = quoted(door, RegisterForPhase(client=client, phase=phase))
    done, open_ = found["lines"]
    assert (done["done_on"], done["price"], done["retake"]) == (day.isoformat(), ZERO, False)
    assert (open_["done_on"], open_["price"], open_["deposit"]) == (None, FULL, DEPOSIT)
    assert found["total"] == {"price": FULL, "deposit": DEPOSIT, "due_now": DEPOSIT}


def test_a_retake_with_the_card_is_free(door: Door) -> None:
    client, activity = door.school.client(), door.school.activity()
    day = date(2025, 5, 4)
    follow(door.school, client, activity, day)
    door.school.send(GrantCard(client=client, valid_from=day))
    (line,) = quoted(door, RegisterClient(client=client, activity=activity, workshop=None))["lines"]
    assert (line["price"], line["due_now"], line["retake"]) == (ZERO, ZERO, True)


@pytest.mark.parametrize(("hours", "needed"), [(47, True), (49, False)])
def test_until_when_a_deposit_suffices(door: Door, hours: int, needed: bool) -> None:
    client, activity = door.school.client(), door.school.activity()
    starts = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=hours)
    workshop = door.school.workshop(activity, starts=starts)
    found = quoted(door, RegisterClient(client=client, activity=activity, workshop=workshop))
    assert found["full_payment_needed"] is needed
    assert found["total"]["due_now"] == (FULL if needed else DEPOSIT)
    until = found["deposit_suffices_until"]
    assert (until and datetime.fromisoformat(until)) == (None if needed else starts - timedelta(hours=48))


def test_of_several_dates_the_first_says_until_when(door: Door) -> None:
    client, (phase, activities) = door.school.client(), door.school.phase(size=3)
    first = datetime.now(UTC).replace(microsecond=0) + timedelta(days=20)
    dates = tuple(
        PhaseDate(activity=activity, workshop=door.school.workshop(activity, starts=first + later))
        for activity, later in zip(activities, (timedelta(days=9), timedelta()), strict=False)
    )
    found = quoted(door, RegisterForPhase(client=client, phase=phase, dates=dates))
    assert datetime.fromisoformat(found["deposit_suffices_until"]) == first - timedelta(hours=48)


def test_a_red_flag_is_confirmed_when_registering_not_when_asking(door: Door) -> None:
    client, activity = door.school.client(), door.school.activity()
    door.school.send(
        WriteNote(client=client, kind=NoteKind.ACCOUNTING, seen_version=1, text="Ne pas inscrire")
    )
    wish = RegisterClient(client=client, activity=activity, workshop=None)
    assert_problem(door.send(wish), 409, "red_flag_unconfirmed", "DOS-13")
    assert quoted(door, wish)["total"]["price"] == FULL


def unknown_dossier(school: School) -> RegisterClient:
    return RegisterClient(client=uuid4(), activity=school.activity(), workshop=None)


def unknown_activity(school: School) -> RegisterClient:
    return RegisterClient(client=school.client(), activity=uuid4(), workshop=None)


def activity_of_another_kind(school: School) -> RegisterClient:
    client = school.client()
    return RegisterClient(client=client, activity=client, workshop=None)


def retired_activity(school: School) -> RegisterClient:
    activity = school.activity()
    school.send(RetireActivity(activity=activity), ADMIN)
    return RegisterClient(client=school.client(), activity=activity, workshop=None)


def unpriced_activity(school: School) -> RegisterClient:
    activity = school.activity(prices=(Money(minor=37_500, currency=Currency.EUR),))
    return RegisterClient(client=school.client(), activity=activity, workshop=None)


def unknown_workshop(school: School) -> RegisterClient:
    return RegisterClient(client=school.client(), activity=school.activity(), workshop=uuid4())


def other_activity(school: School) -> RegisterClient:
    workshop = school.workshop(school.activity())
    return RegisterClient(client=school.client(), activity=school.activity(), workshop=workshop)


def full(school: School) -> RegisterClient:
    activity = school.activity()
    workshop = school.workshop(activity, capacity=1)
    school.registration(school.client(), activity, workshop)
    return RegisterClient(client=school.client(), activity=activity, workshop=workshop)


def registered_already(school: School) -> RegisterClient:
    client, activity = school.client(), school.activity()
    workshop = school.workshop(activity)
    school.registration(client, activity, workshop)
    return RegisterClient(client=client, activity=activity, workshop=workshop)


def discount_of_others(school: School) -> RegisterClient:
    discount = school.discount(chosen_by=(Role.ACCOUNTING,))
    return RegisterClient(
        client=school.client(), activity=school.activity(), workshop=None, discount=discount
    )


def unknown_discount(school: School) -> RegisterForPhase:
    phase, _ = school.phase(size=1)
    return RegisterForPhase(client=school.client(), phase=phase, discount=uuid4())


def unknown_phase(school: School) -> RegisterForPhase:
    return RegisterForPhase(client=school.client(), phase=uuid4())


def date_of_no_place(school: School) -> RegisterForPhase:
    phase, _ = school.phase(size=1)
    activity = school.activity()
    dates = (PhaseDate(activity=activity, workshop=school.workshop(activity)),)
    return RegisterForPhase(client=school.client(), phase=phase, dates=dates)


def cancelled_date(school: School) -> RegisterForPhase:
    phase, (activity,) = school.phase(size=1)
    workshop = school.workshop(activity)
    school.send(CancelWorkshop(workshop=workshop, reason="Salle fermée."))
    dates = (PhaseDate(activity=activity, workshop=workshop),)
    return RegisterForPhase(client=school.client(), phase=phase, dates=dates)


def enrolled_already(school: School) -> RegisterForPhase:
    client, (phase, _) = school.client(), school.phase(size=2)
    school.send(RegisterForPhase(client=client, phase=phase))
    return RegisterForPhase(client=client, phase=phase)


def free_a_la_carte(school: School) -> RegisterForPhase:
    client, (phase, (activity,)) = school.client(), school.phase(size=1)
    day = date(2025, 5, 4)
    follow(school, client, activity, day)
    school.send(GrantCard(client=client, valid_from=day))
    return RegisterForPhase(client=client, phase=phase)


REFUSED: Mapping[str, Callable[[School], RegisterClient | RegisterForPhase]] = {
    "no_such_dossier": unknown_dossier,
    "no_such_activity": unknown_activity,
    "no_such_activity of a dossier's id": activity_of_another_kind,
    "activity_no_longer_sold": retired_activity,
    "no_price_in_currency": unpriced_activity,
    "no_such_workshop": unknown_workshop,
    "other_activity": other_activity,
    "workshop_full": full,
    "already_registered": registered_already,
    "discount_not_allowed": discount_of_others,
    "no_such_discount": unknown_discount,
    "no_such_phase": unknown_phase,
    "not_in_phase": date_of_no_place,
    "workshop_cancelled": cancelled_date,
    "already_enrolled": enrolled_already,
    "free_a_la_carte": free_a_la_carte,
}


@pytest.mark.parametrize(("code", "made"), REFUSED.items(), ids=REFUSED)
def test_what_the_command_refuses_is_quoted_to_nobody(
    door: Door, code: str, made: Callable[[School], RegisterClient | RegisterForPhase]
) -> None:
    wish = made(door.school)
    by_command = door.send(wish)
    assert by_command.json()["code"] == code.partition(" ")[0]
    with door.nothing_done():
        by_quote = ask(door, wish.client, **asked(wish))
    assert (by_quote.status_code, by_quote.json()) == (by_command.status_code, by_command.json())


def test_a_question_about_nothing_or_two_things_is_malformed(door: Door) -> None:
    client, (phase, activities) = door.school.client(), door.school.phase(size=1)
    twice = [str(door.school.workshop(activities[0])) for _ in range(2)]
    for field, params in (
        ("activity", {}),
        ("activity", {"activity": activities[0], "phase": phase}),
        ("workshop", {"activity": activities[0], "workshop": twice}),
        ("workshop", {"phase": phase, "workshop": twice}),
        ("trainee", {"phase": phase, "trainee": True}),
    ):
        [error] = assert_problem(ask(door, client, **params), 422, "malformed", "CAT-3")["fields"]["errors"]
        assert error["field"] == field
    many = [str(uuid4()) for _ in range(51)]
    assert_problem(ask(door, client, phase=phase, workshop=many), 422, "malformed", None)
