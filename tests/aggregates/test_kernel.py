"""Money that never mixes, facts that name whose secrets they hold."""

from __future__ import annotations

import dataclasses
import importlib
import operator
import pkgutil
from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import Annotated, Any, ClassVar
from uuid import UUID

import pytest
from hypothesis import given as generated, strategies as st
from pydantic import Field, ValidationError

import aggregates
from aggregates.client.state import Card
from aggregates.kernel import (
    ERASED,
    Contact,
    Currency,
    Erased,
    Fact,
    Identity,
    Money,
    Scope,
    personal_fields,
    replace,
    sorting_key,
)
from tests.aggregates.given import cad, dossier, eur

AMOUNTS = st.integers(-(10**9), 10**9)


class TestMoney:
    @pytest.mark.rule("CAT-2")
    @pytest.mark.parametrize("operation", [operator.add, operator.sub, operator.lt, operator.le])
    def test_two_currencies_never_mix(self, operation: Callable[[Money, Money], Any]) -> None:
        with pytest.raises(ValueError, match="does not mix"):
            operation(cad(1), eur(1))

    @pytest.mark.rule("CAT-2")
    def test_a_sum_over_two_currencies_is_refused(self) -> None:
        with pytest.raises(ValueError, match="does not mix"):
            Money.total(Currency.CAD, [cad(1), eur(1)])

    @pytest.mark.rule("CAT-2")
    def test_equal_amounts_of_two_currencies_are_not_equal(self) -> None:
        assert cad(1) != eur(1)

    def test_order_and_multiples(self) -> None:
        assert cad(1) < cad(2)
        assert cad(2) <= cad(2)
        assert not cad(2) < cad(2)
        assert cad(1.25).times(3) == cad(3.75)

    @pytest.mark.rule("CAT-3")
    def test_amounts_are_whole_cents(self) -> None:
        with pytest.raises(ValidationError):
            Money.model_validate({"minor": 1.5, "currency": "CAD"})


class TestFacts:
    def test_a_fact_never_changes_and_takes_nothing_unknown(self) -> None:
        with pytest.raises(ValidationError):
            dossier().last_name = "Roy"  # type: ignore[misc]
        with pytest.raises(ValidationError):
            dossier(nickname="Élo")

    @pytest.mark.rule("DOS-11")
    def test_personal_fields_are_known_by_scope(self) -> None:
        found = personal_fields(type(dossier()))
        assert {name for name, scope in found.items() if scope == "identity"} == {
            "last_name",
            "first_name",
            "postal_code",
        }
        assert found["email"] == found["telephone"] == found["street"] == found["country"] == "contact"

    @pytest.mark.rule("DOS-11")
    def test_a_personal_fact_that_names_no_person_is_refused(self) -> None:
        class Nameless(Fact):
            TOPIC: ClassVar[str] = "test.nameless"
            note: Contact[str]

        class Opening(Fact):
            TOPIC: ClassVar[str] = "test.opening"
            OPENS: ClassVar[tuple[Scope, ...]] = ("contact",)

        for fact_type in (Nameless, Opening):
            with pytest.raises(TypeError, match="names no person"):
                personal_fields(fact_type)

    @pytest.mark.rule("DOS-11")
    def test_a_personal_part_of_a_field_is_refused(self) -> None:
        class Nested(Fact):
            TOPIC: ClassVar[str] = "test.nested"
            person: UUID
            names: tuple[Identity[str], ...]

        with pytest.raises(TypeError, match="only a whole field"):
            personal_fields(Nested)

    def test_a_part_that_is_marked_otherwise_is_no_secret(self) -> None:
        class Counted(Fact):
            TOPIC: ClassVar[str] = "test.counted"
            counts: tuple[Annotated[int, Field(ge=0)], ...]

        assert personal_fields(Counted) == {}

    @pytest.mark.rule("DOS-11")
    def test_what_was_erased_reads_so_and_is_equal_to_itself_alone(self) -> None:
        assert str(ERASED) == "[effacé]"
        assert Erased() == ERASED
        assert ERASED != "[effacé]"
        assert len({ERASED, Erased()}) == 1

    def test_people_are_ordered_by_folded_names_unless_erased(self) -> None:
        assert sorting_key("Élie", "Zoë") == "elie zoe"
        assert sorting_key(ERASED, "Zoë") is None
        assert sorting_key("Élie", ERASED) is None


@generated(st.lists(AMOUNTS, max_size=5))
def test_sums_and_differences_are_exact(minors: list[int]) -> None:
    amounts = [Money(minor=m, currency=Currency.CAD) for m in minors]
    total = Money.total(Currency.CAD, amounts)
    assert total.minor == sum(minors)
    for amount in amounts:
        total -= amount
    assert total == Money.zero(Currency.CAD)


@pytest.mark.rule("CAT-3")
@generated(minor=st.integers(0, 10**9), share=st.integers(0, 100))
def test_a_share_is_rounded_half_up_to_the_cent(minor: int, share: int) -> None:
    rounded = Money(minor=minor, currency=Currency.CAD).percent(share).minor
    assert -50 <= minor * share - rounded * 100 < 50


def test_a_copy_with_changes_is_what_the_standard_library_makes() -> None:
    before = Card(valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))
    later = date(2027, 1, 1)
    assert replace(before, valid_until=later) == dataclasses.replace(before, valid_until=later)
    assert before == Card(valid_from=date(2026, 1, 1), valid_until=date(2026, 12, 31))


def test_every_state_is_plain_so_that_its_dict_is_all_there_is() -> None:
    for module in pkgutil.walk_packages(aggregates.__path__, "aggregates."):
        for found in vars(importlib.import_module(module.name)).values():
            if dataclasses.is_dataclass(found) and found.__module__ == module.name:
                own = vars(found)
                assert not own.keys() & {"__slots__", "__post_init__"}, found
                assert not any(isinstance(value, cached_property) for value in own.values()), found
                assert all(field.init for field in dataclasses.fields(found)), found
