"""Which passwords will do: long ones that nobody guesses early (DOS-7)."""

from __future__ import annotations

import random

import pytest
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from portal.passwords import LONGEST, SHORTEST, weakness

pytestmark = pytest.mark.rule("DOS-7", "T25")


def test_ten_characters_are_asked_for_and_two_hundred_taken() -> None:
    nine, ten = "rq7.wzKb2", "rq7.wzKb2v"
    assert (len(nine), len(ten), SHORTEST, LONGEST) == (9, 10, 10, 200)
    assert "Au moins 10" in str(weakness(nine))
    assert weakness(ten) is None
    long = "une phrase que personne ne devine, " * 6
    assert weakness(long[:64]) is weakness(long[:200]) is None
    assert "Au plus 200" in str(weakness(long[:201]))


@pytest.mark.parametrize(
    "password",
    [
        "éloïse aime trois pommes",
        "quatre mots tout simples",
        "74093851620497",
        "ΑΒΓΔ…日本語 и то",
        "  deux  espaces  ",
    ],
)
def test_no_kind_of_character_is_asked_for_and_none_is_refused(password: str) -> None:
    assert weakness(password) is None


def test_the_commonest_are_refused_as_they_are_and_dressed_up() -> None:
    common = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= SHORTEST]
    assert len(common) > 1_000
    some = random.Random(20261129).sample(common, 150)
    assert [word for word in some if weakness(word) is None] == []
    dressed = [f"{word.capitalize()}2026!" for word in list(FREQUENCY_LISTS["passwords"])[:3_000:30]]
    assert [word for word in dressed if len(word) >= SHORTEST and weakness(word) is None] == []


def test_ones_own_name_and_the_schools_words_make_none_stronger() -> None:
    assert weakness("Ouellet-Gingras") is None, "the control: nobody has that name"
    for password in ("Ouellet-Gingras", "ouelletgingras1", "zoe.gingras@example.com"):
        assert weakness(password, "Zoé Ouellet Gingras", "Ouellet-Gingras", "zoe.gingras@example.com"), (
            password
        )
    for password in ("portail2026", "atelierecole", "MotDePasse!", "bonjourbonjour"):
        assert weakness(password), password
