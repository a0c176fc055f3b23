"""Every cell of the table that says what follows: money is asked for where it is wanted, nowhere else."""

from __future__ import annotations

from itertools import product

import pytest

from processors.runtime.payments.steps import Ours, Says, Step, next_refund_step, next_step, why

STATES = ("wanted", "open", "asked", "moved", "done", "ended")
WISHES = (Ours.WANTED, Ours.OVER, Ours.DECLINED, Ours.SUPERSEDED, Ours.UNWANTED, Ours.IN_FLIGHT)
TABLE = """
    open  nothing    later later later later later later
    open  unknown    end   end   end   end   end   end
    open  waiting    later end   end   end   end   later
    open  approved   ask   ask   end   end   end   later
    open  pending    later later later later later later
    open  taken      count count count count count count
    open  failed     end   end   end   end   end   end
    open  voided     end   end   end   end   end   end
    open  other      end   end   end   end   end   end
    asked nothing    later later later later later later
    asked unknown    later later later later later later
    asked waiting    later end   end   end   end   later
    asked approved   ask   ask   end   end   end   later
    asked pending    later later later later later later
    asked taken      count count count count count count
    asked failed     end   end   end   end   end   end
    asked voided     end   end   end   end   end   end
    asked other      later later later later later later
"""
REFUNDS = {
    Says.NOTHING: ("later", "later"),
    Says.UNKNOWN: ("end", "later"),
    Says.WAITING: ("ask", "ask"),
    Says.APPROVED: ("ask", "ask"),
    Says.PENDING: ("later", "later"),
    Says.TAKEN: ("count", "count"),
    Says.FAILED: ("end", "end"),
    Says.VOIDED: ("end", "end"),
    Says.OTHER: ("end", "end"),
}
ALL = frozenset(product(STATES, Says, Ours))


def written() -> dict[tuple[str, Says, Ours], Step]:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    cells = [(state, Says(says), steps) for state, says, *steps in rows]
    return {
        (state, says, ours): Step(step)
        for state, says, steps in cells
        for ours, step in zip(WISHES, steps, strict=True)
    }


@pytest.mark.rule("FAC-3")
class TestPayments:
    def test_while_it_is_under_way_each_cell_is_as_written(self) -> None:
        table = written()
        assert {(cell[0]) for cell in table} == {"open", "asked"}
        assert len(table) == 2 * len(Says) * len(Ours)
        for cell, step in table.items():
            assert next_step(*cell) is step, cell

    def test_before_the_provider_knows_it_only_what_is_wanted_goes_there(self) -> None:
        for says, ours in product(Says, Ours):
            assert next_step("wanted", says, ours) is (Step.OPEN if ours is Ours.WANTED else Step.END)

    def test_what_is_over_is_looked_at_and_counted_never_taken(self) -> None:
        for state, says, ours in product(("done", "ended"), Says, Ours):
            later = says in (Says.NOTHING, Says.PENDING)
            expected = Step.COUNT if says is Says.TAKEN else Step.LATER if later else Step.REST
            assert next_step(state, says, ours) is expected

    def test_what_moved_is_counted(self) -> None:
        assert {next_step("moved", says, ours) for says, ours in product(Says, Ours)} == {Step.COUNT}

    def test_money_is_asked_for_with_the_payers_word_alone(self) -> None:
        asking = {cell for cell in ALL if next_step(*cell) is Step.ASK}
        assert {(state, says) for state, says, _ in asking} == {
            ("open", Says.APPROVED),
            ("asked", Says.APPROVED),
        }
        assert {ours for _, _, ours in asking} == {Ours.WANTED, Ours.OVER}

    def test_without_an_answer_nothing_ends(self) -> None:
        for state, ours in product(("open", "asked", "done", "ended"), Ours):
            assert next_step(state, Says.NOTHING, ours) is Step.LATER

    def test_each_end_has_its_word(self) -> None:
        ends = {why(says, ours) for state, says, ours in ALL if next_step(state, says, ours) is Step.END}
        assert ends == {
            "declined",
            "not_approved",
            "not_asked_any_more",
            "other_order",
            "superseded",
            "unknown_order",
            "voided",
        }


@pytest.mark.rule("FAC-4")
def test_each_cell_of_a_refund_is_as_written() -> None:
    assert set(REFUNDS) == set(Says)
    for says, steps in REFUNDS.items():
        assert tuple(next_refund_step(state, says).value for state in ("wanted", "asked")) == steps
