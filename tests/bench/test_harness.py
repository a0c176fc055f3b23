"""The arithmetic of `make bench`: a wrong median or ratio would make every figure of the report wrong."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
from rich.console import Console

from bench.__main__ import table, write_report
from bench.harness import Figure, p99, ratio, repeat
from bench.schools import growth


def figure(value: float = 5.0, ratio: float | None = 0.8, floor: float | None = 0.75) -> Figure:
    return Figure(value, None if ratio is None else 6.25, ratio, "appends/s", floor, "raw psycopg")


def test_the_ratio_is_the_median_of_the_rounds_ratios_not_the_ratio_of_the_medians() -> None:
    ours, baseline = [10.0, 40.0, 90.0], [100.0, 50.0, 100.0]
    assert ratio(ours, baseline) == pytest.approx(0.8)  # of 0.1, 0.8, 0.9; the medians give 0.4


def test_a_noisy_round_does_not_move_the_ratio() -> None:
    quiet = ratio([80.0] * 7, [100.0] * 7)
    assert ratio([80.0] * 6 + [1.0], [100.0] * 7) == quiet == pytest.approx(0.8)


def test_rounds_that_do_not_pair_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0], [1.0, 2.0])


@pytest.mark.parametrize(("count", "expected"), [(1, 1.0), (99, 99.0), (100, 100.0), (1000, 991.0)])
def test_99_of_100_values_stay_below_p99(count: int, expected: float) -> None:
    assert p99([float(n) for n in range(count, 0, -1)]) == expected


def test_a_ratio_is_met_at_its_floor_and_missed_below_it() -> None:
    assert figure(ratio=0.75).met is True
    assert figure(ratio=0.7499).met is False


def test_a_figure_without_baseline_is_met_when_it_is_small_enough() -> None:
    assert figure(value=50.0, ratio=None, floor=50.0).met is True
    assert figure(value=50.1, ratio=None, floor=50.0).met is False


def test_a_figure_with_a_least_value_is_met_from_there_on() -> None:
    made = figure(5_000.0, None, None)
    assert replace(made, at_least=5_000.0).met is True
    assert replace(made, at_least=5_000.1).met is False


def test_what_was_measured_at_both_sizes_stands_side_by_side() -> None:
    small, large = figure(1.0, None, None), figure(9.0, None, None)
    figures = {"search_10k": small, "search_100k": large, "react_lag": small, "rebuild_all_100k": large}
    assert growth(figures) == {"search": (small, large)}


def test_a_figure_without_target_is_neither_met_nor_missed() -> None:
    assert figure(floor=None).met is None


def test_the_rate_counts_work_done_per_second() -> None:
    rate = repeat(lambda: time.sleep(0.01), 0.2)
    assert 20 < rate <= 100


def test_the_report_holds_each_figure_by_name_with_its_baseline_ratio_and_unit(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    path = tmp_path_factory.mktemp("bench") / "report.json"
    write_report({"append_1_client": figure(), "react_lag": figure(9.0, None, 100.0)}, path)
    report = json.loads(path.read_text())
    assert report["append_1_client"] == {
        "value": 5.0,
        "baseline": 6.25,
        "ratio": 0.8,
        "unit": "appends/s",
        "floor": 0.75,
        "beside": "raw psycopg",
        "at_least": None,
        "met": True,
    }
    assert (report["react_lag"]["baseline"], report["react_lag"]["ratio"]) == (None, None)


def test_the_table_names_what_was_missed() -> None:
    console = Console(width=130)
    with console.capture() as printed:
        console.print(table({"load_100": figure(ratio=0.5), "roster_page": figure(ratio=0.9)}))
    lines = printed.get().splitlines()
    assert ["missed" in line for line in lines if "load_100" in line] == [True]
    assert ["met" in line for line in lines if "roster_page" in line] == [True]
