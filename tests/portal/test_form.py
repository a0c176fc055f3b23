"""What people type into a form's fields is read alike on every page."""

from __future__ import annotations

import pytest

from portal.form import minor_of


@pytest.mark.parametrize(
    ("typed", "minor"),
    [
        ("40", 4_000),
        ("40,5", 4_050),
        ("40.50", 4_050),
        ("1 234,50 $", 123_450),
        ("1\u00a0234,50\u00a0$", 123_450),
        ("1\u202f234,50€", 123_450),
        ("€40", 4_000),
        ("0", 0),
        ("9999999,99", 999_999_999),
    ],
)
def test_an_amount_as_people_type_it(typed: str, minor: int) -> None:
    assert minor_of(typed) == minor


@pytest.mark.parametrize("typed", ["", "$", "-40", "40,505", "1,234.50", "quarante", "4$0", "10000000"])
def test_what_is_no_amount_is_not_guessed(typed: str) -> None:
    assert minor_of(typed) is None
