"""Commands that processors ask for are carried out once, whatever dies, clashes or is refused meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import psycopg
import pytest

from aggregates.invoice.basket.events import BasketFinalised, BasketReleased
from aggregates.invoice.state import INVOICE
from aggregates.kernel import Currency, Money, Role
from commands.baskets.finalise_basket import FinaliseBasket
from commands.baskets.put_in_basket import PutInBasket
from commands.baskets.release_basket import ReleaseBasket
from processors.runtime import errands, operations
from processors.runtime.effects import Do, Processor
from processors.runtime.following import Runtime
from processors.runtime.settled import settled
from schema.envelope import Recorded
from tests.processors.post import Post
from tests.processors.test_following import runtime, to_the_end
from tests.support.projecting import asking
from tests.support.write_side import principal

pytestmark = pytest.mark.rule("COM-3")


class Till:
    """A processor that ends each hold at once, so that a basket shows how often it did."""

    def __init__(self, post: Post) -> None:
        self.post = post
        self.client_of: dict[UUID, UUID] = {}
        self.runtime: Runtime = runtime(post, Processor("till", self.react))

    def react(self, event: Recorded) -> Sequence[Do]:
        if not isinstance(event.fact, BasketFinalised):
            return []
        return [Do("over", ReleaseBasket(client=self.client_of[event.originator_id]))]

    def finalised(self) -> UUID:
        """A basket that waits for its payment."""
        school, client = self.post.school, self.post.school.client()
        me = principal(Role.CLIENT, user=client)
        wish = PutInBasket(client=client, activity=school.activity(), workshop=None)
        basket = school.send(wish, me).made["basket"]
        self.client_of[basket] = client
        self.finalise(basket)
        return basket

    def finalise(self, basket: UUID) -> None:
        client = self.client_of[basket]
        seen = {"total": Money(minor=37_500, currency=Currency.CAD), "due_now": cad(4_000)}
        self.post.school.send(FinaliseBasket(client=client, **seen), principal(Role.CLIENT, user=client))

    def released(self, basket: UUID) -> int:
        """How often its hold was ended."""
        return sum(isinstance(f, BasketReleased) for f in self.post.school.facts(INVOICE.at(basket)))

    def follow(self) -> None:
        to_the_end(self.runtime, self.post)

    def carry_out(self) -> int:
        return self.runtime.carry_out(self.post.connection)


def cad(minor: int) -> Money:
    return Money(minor=minor, currency=Currency.CAD)


@pytest.fixture
def till(post: Post) -> Till:
    return Till(post)


def rows(post: Post) -> list[tuple[str, str | None, int]]:
    """State, error and tries of each."""
    found = post.connection.execute("select state, error, attempts from errands order by ended_at, id")
    return [tuple(row) for row in found]


def due_now(post: Post) -> None:
    post.connection.execute("update errands set next_try = now()")


def test_a_command_is_carried_out_as_the_system_because_of_its_event(post: Post, till: Till) -> None:
    basket = till.finalised()
    till.follow()
    assert rows(post) == [("to_do", None, 0)]
    assert till.carry_out() == 1
    assert rows(post) == [("done", None, 1)]
    assert till.released(basket) == 1
    finalised, released = post.school.side.store.recorded(basket)[-2:]
    assert released.envelope.role is Role.SYSTEM
    assert released.envelope.cause == finalised.id
    assert till.carry_out() == 0


def test_a_crash_between_carrying_out_and_marking_does_it_once(post: Post, till: Till) -> None:
    basket = till.finalised()
    till.follow()
    with psycopg.connect(post.url, autocommit=True) as doomed:

        def killed_after_the_commit() -> None:
            post.connection.execute("select pg_terminate_backend(%s)", (doomed.info.backend_pid,))

        dying = replace(post.school.side.dispatcher, wake=killed_after_the_commit)
        with pytest.raises(psycopg.OperationalError):
            errands.carry_out(doomed, dying)
    assert rows(post) == [("to_do", None, 0)], "it died before it marked"
    assert till.released(basket) == 1
    assert till.carry_out() == 1
    assert rows(post) == [("done", None, 1)]
    assert till.released(basket) == 1


def test_under_another_id_it_would_be_another_command(post: Post, till: Till) -> None:
    """The control: it is the id that makes it once, not that there is nothing left to do."""
    basket = till.finalised()
    till.follow()
    post.connection.execute("create table as_it_was as select body from errands")
    till.carry_out()
    till.finalise(basket)
    again = "update errands set state = 'to_do', body = (select body from as_it_was), id = coalesce(%s, id)"
    post.connection.execute(again, (None,))
    till.carry_out()
    assert till.released(basket) == 1
    post.connection.execute(again, (uuid4(),))
    till.carry_out()
    assert till.released(basket) == 2


def test_what_is_refused_ends_with_its_code_and_holds_nobody_up(post: Post, till: Till) -> None:
    wrong, other = till.finalised(), till.finalised()
    till.client_of[wrong] = post.school.client()
    till.follow()
    assert till.carry_out() == 2
    assert sorted(rows(post)) == [("done", None, 1), ("refused", "not_being_paid", 1)]
    assert till.released(other) == 1
    till.runtime.start(post.connection)
    assert till.carry_out() == 0, "a refusal is final"
    assert post.connection.execute("select distinct body from errands").fetchall() == [({},)], (
        "nor is it kept"
    )
    [shown] = asking(post.url, operations.failed)
    assert (shown["what"], shown["state"], shown["error"]) == ("release-basket", "refused", "not_being_paid")


def give_up(post: Post, till: Till) -> None:
    """Up to the last try."""
    post.connection.execute(
        "update errands set attempts = %s where state = 'to_do'", (errands.MOST_TRIES - 1,)
    )
    due_now(post)
    till.carry_out()


CLASHING = """
create function clash() returns trigger language plpgsql as $$ begin
    if new.stream = '{basket}' then
        raise unique_violation using constraint = 'one_event_per_version', message = 'planted';
    end if;
    return new;
end $$;
create trigger clash before insert on events for each row execute function clash()"""


def test_a_clash_is_tried_again_holds_nobody_up_and_ends_some_day(post: Post, till: Till) -> None:
    basket, other = till.finalised(), till.finalised()
    till.follow()
    post.connection.execute(CLASHING.format(basket=basket))
    assert till.carry_out() == 2
    assert till.released(other) == 1
    assert sorted(rows(post)) == [("done", None, 1), ("to_do", "StreamClashError", 1)]
    assert till.carry_out() == 0, "not at once"
    post.connection.execute(
        "update errands set attempts = %s where state = 'to_do'", (errands.MOST_TRIES - 1,)
    )
    due_now(post)
    till.carry_out()
    assert sorted(rows(post))[-1] == ("failed", "StreamClashError", errands.MOST_TRIES)
    [shown] = asking(post.url, operations.failed)
    assert (shown["what"], shown["state"], shown["error"]) == ("release-basket", "failed", "StreamClashError")
    assert till.carry_out() == 0
    till.runtime.start(post.connection)
    assert till.carry_out() == 1, "a new process tries once more"
    give_up(post, till)
    post.connection.execute("drop trigger clash on events")
    errands.try_again(post.connection, after_hours=24)
    assert till.carry_out() == 0
    post.connection.execute("update errands set next_try = now() - interval '25 hours'")
    errands.try_again(post.connection, after_hours=24)
    assert till.carry_out() == 1, "the next day, too"
    assert till.released(basket) == 1
    assert asking(post.url, operations.failed) == []


def test_pauses_grow_to_an_hour() -> None:
    assert [errands.pause_after(n) for n in (1, 2, 3, 6, 7, 9)] == [1, 4, 16, 1_024, 3_600, 3_600]


def test_a_command_that_this_release_does_not_know_waits_for_one_that_does(post: Post, till: Till) -> None:
    till.finalised()
    till.follow()
    post.connection.execute("update errands set command = 'unheard-of'")
    till.carry_out()
    assert rows(post) == [("to_do", "LookupError", 1)]
    post.connection.execute("update errands set command = 'release-basket', body = body || '{\"more\": 1}'")
    due_now(post)
    till.carry_out()
    assert rows(post) == [("to_do", "LookupError", 2)]


def test_two_leaders_at_once_do_it_once(post: Post, till: Till) -> None:
    """The one that lost its lock may not know yet."""
    baskets = [till.finalised() for _ in range(5)]
    till.follow()
    at_once = threading.Barrier(2)

    def lead() -> None:
        with psycopg.connect(post.url, autocommit=True) as connection:
            at_once.wait()
            errands.carry_out(connection, post.school.side.dispatcher)

    leaders = [threading.Thread(target=lead) for _ in range(2)]
    for leader in leaders:
        leader.start()
    for leader in leaders:
        leader.join()
    assert {state for state, _, _ in rows(post)} == {"done"}
    assert [till.released(basket) for basket in baskets] == [1] * 5


def test_replayed_after_all_was_lost_but_the_log_nothing_is_done_again(post: Post, till: Till) -> None:
    basket = till.finalised()
    till.follow()
    till.carry_out()
    before = post.connection.execute("select id, cause, command from errands").fetchall()
    post.connection.execute("delete from errands")
    post.connection.execute("update processors set position = 0")
    till.follow()
    assert post.connection.execute("select id, cause, command from errands").fetchall() == before
    till.carry_out()
    assert rows(post) == [("done", None, 1)]
    assert till.released(basket) == 1


def test_a_processor_that_is_new_asks_for_nothing_of_the_past(post: Post, till: Till) -> None:
    till.finalised()
    newer = Processor("newer", till.react)
    made = runtime(post, newer)
    post.connection.execute("update processors set position = 0 where name = 'newer'")
    to_the_end(made, post)
    assert rows(post) == []


def test_the_school_is_not_settled_before_its_commands_are_carried_out(post: Post, till: Till) -> None:
    def is_settled() -> bool:
        return asking(post.url, lambda c: settled(c, datetime.now(UTC)))

    till.finalised()
    till.follow()
    post.connection.execute("update processors set position = (select max(position) from events)")
    assert not is_settled()
    till.carry_out()
    post.connection.execute("update processors set position = (select max(position) from events)")
    assert is_settled()
