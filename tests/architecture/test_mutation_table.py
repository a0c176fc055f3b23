"""What `make mutate` prints at its end."""

from __future__ import annotations

from tests.architecture.mutation_table import summary

RESULTS = """\
    aggregates.staff.policies.x_one__mutmut_1: killed
    aggregates.staff.policies.x_one__mutmut_2: timeout
    aggregates.staff.policies.x_one__mutmut_10: survived
    aggregates.invoice.pricing.xǁQuoteǁat__mutmut_1: no tests
    aggregates.invoice.policies.x_two__mutmut_1: not checked
"""


def test_each_file_has_its_share_and_what_nothing_noticed_is_named() -> None:
    printed = [" ".join(line.split()) for line in summary(RESULTS.splitlines())]
    assert printed == [
        "file killed survived share",
        "aggregates/invoice/pricing.py 0 1 0.0%",
        "aggregates/staff/policies.py 2 1 66.7%",
        "all 2 2 50.0%",
        "aggregates.staff.policies.x_one__mutmut_10: survived",
        "aggregates.invoice.pricing.xǁQuoteǁat__mutmut_1: no tests",
    ]
