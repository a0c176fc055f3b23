"""What counts as an outage, look by look: how late, for how long, of which part (T9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from processors.runtime.watch import Follower, Found, Seen, Watch

WELL = Seen(
    head=100,
    silence=0.5,
    models=[Follower("dossier", 100, None, None, None), Follower("roster", 100, None, None, None)],
    processors=[Follower("reminder", 100, None, None, None)],
    sealed=100,
    unsent=0.0,
    sending=False,
    open={},
)


def at(seen: Seen, **changed: int) -> Seen:
    """The same with these models and processors at another position."""

    def moved(followers: Iterable[Follower]) -> list[Follower]:
        return [replace(f, position=changed.get(f.name, f.position)) for f in followers]

    return replace(seen, models=moved(seen.models), processors=moved(seen.processors))


def parked(seen: Seen, name: str) -> Seen:
    stands = {"parked_at": 91, "error": "KeyError", "parked_seconds": 3.0, "position": 90}
    models = [replace(f, **stands) if f.name == name else f for f in seen.models]  # type: ignore[arg-type]
    return replace(seen, models=models)


def told(watch: Watch, seen: Seen, first: float, last: float) -> list[tuple[float, str]]:
    """Looks each second, as long as nobody notes what is found; the seconds at which something begins."""
    found = []
    for second in range(int(first), int(last)):
        found += [(float(second), ill.what) for ill in watch.judge(seen, float(second)).begun]
        if found:
            break
    return found


@pytest.mark.rule("T9")
def test_who_keeps_up_is_never_told_of() -> None:
    assert told(Watch(), WELL, 0, 200) == []


@pytest.mark.rule("T9")
def test_views_that_stand_still_are_told_of_within_the_minute() -> None:
    assert told(Watch(), at(WELL, dossier=99, roster=99), 0, 60) == [(26.0, "reading")]


@pytest.mark.rule("T9")
def test_a_hiccup_is_nobodys_business_and_the_next_one_begins_anew() -> None:
    watch, late = Watch(), at(WELL, dossier=99, roster=99)
    assert told(watch, late, 0, 24) == []
    assert told(watch, WELL, 24, 26) == []
    newer = replace(WELL, head=101)
    assert told(watch, newer, 26, 52) == []
    assert (52.0, "reading") in told(watch, newer, 52, 60), "the control"


@pytest.mark.rule("T9")
def test_a_reader_that_is_never_idle_and_never_late_is_well() -> None:
    """Under load there is always something to read: what counts is how old it is."""
    watch = Watch()
    for second in range(200):
        seen = at(replace(WELL, head=second * 10), dossier=second * 10 - 10, roster=second * 10 - 10)
        seen = replace(at(seen, reminder=second * 10), sealed=second * 10)
        assert watch.judge(seen, float(second)).ill == [], second


@pytest.mark.rule("T9")
def test_a_reader_that_reads_on_eight_seconds_behind_is_told_of() -> None:
    watch, begun = Watch(), []
    for second in range(60):
        seen = at(replace(WELL, head=second * 10), dossier=second * 10 - 80, roster=second * 10 - 80)
        seen = replace(at(seen, reminder=second * 10), sealed=second * 10)
        begun += [ill.what for ill in watch.judge(seen, float(second)).begun]
    assert set(begun) == {"reading"}


@pytest.mark.rule("T9")
def test_a_reader_without_a_sign_of_life_is_told_of_though_nothing_happens() -> None:
    assert told(Watch(), replace(WELL, silence=11.0), 0, 60) == [(20.0, "reading")]


@pytest.mark.rule("T9")
def test_some_views_that_are_late_are_named() -> None:
    watch = Watch()
    watch.judge(WELL, 0.0)
    [ill] = watch.judge(at(replace(WELL, head=100), roster=50), 10.0).ill
    assert (ill.what, ill.detail, ill.position) == ("reading", "roster", 50)


@pytest.mark.rule("T9", "T10")
def test_a_parked_view_is_an_outage_of_its_own_until_it_has_caught_up() -> None:
    watch = Watch()
    assert told(watch, parked(WELL, "roster"), 0, 60) == [(20.0, "model/roster")]
    noted = replace(WELL, open={"model/roster": "KeyError (91)"})
    behind = at(noted, roster=90)
    found = [watch.judge(behind, float(second)) for second in range(21, 60)]
    assert {ill.what for each in found for ill in each.ill} == {"model/roster"}, "reading itself is well"
    assert not any(each.over or each.begun for each in found)
    assert over_at(watch, noted, 60) == 80


@pytest.mark.rule("T9")
def test_it_is_over_once_it_has_been_well_for_a_while() -> None:
    """Who falls back meanwhile has one outage, not two."""
    watch, noted = Watch(), replace(WELL, open={"reading": None})
    late = at(noted, dossier=99, roster=99)
    for second in range(10):
        watch.judge(late, float(second))
    for second in range(10, 25):
        assert watch.judge(noted, float(second)).over == []
    assert watch.judge(late, 25.0).over == []
    assert over_at(watch, noted, 26) == 46


@pytest.mark.rule("T9")
def test_a_watcher_that_starts_ends_nothing_before_it_has_watched() -> None:
    """It knows no lag in its first seconds."""
    watch, late = Watch(), at(replace(WELL, open={"reading": None}), dossier=99, roster=99)
    assert [watch.judge(late, float(second)).over for second in range(60)] == [[]] * 60


@pytest.mark.rule("T9")
def test_a_watcher_that_was_frozen_itself_counts_anew() -> None:
    watch, late = Watch(), at(WELL, dossier=99, roster=99)
    for second in range(8):
        watch.judge(late, float(second))
    assert told(watch, late, 1_000, 1_060) == [(1_020.0, "reading")]


@pytest.mark.rule("T9")
def test_mails_that_wait_are_told_of_unless_somebody_sends_or_nothing_drives_them() -> None:
    waiting = replace(WELL, unsent=61.0)
    assert told(Watch(), waiting, 0, 60) == [(20.0, "mails")]
    assert told(Watch(), replace(waiting, sending=True), 0, 60) == []
    without_clock = at(waiting, reminder=90)
    watch = Watch()
    begun = {ill.what for second in range(60) for ill in watch.judge(without_clock, float(second)).begun}
    assert begun == {"reactions"}, "one cause, one outage"


def over_at(watch: Watch, seen: Seen, first: int, most: int = 100) -> int:
    """The second at which a look says that it is over."""
    for second in range(first, first + most):
        found: Found = watch.judge(seen, float(second))
        if found.over:
            return second
    raise AssertionError("never over")


Look = tuple[float, Watch, Callable[[float], Seen]]


def shared(looks: Iterable[Look], seconds: int) -> list[tuple[str, str]]:
    """What begins and ends when several watchers note what they find in one place: (begun | over, what).

    Each looks every so many seconds; the second one begins a little later.
    """
    known: dict[str, str | None] = {}
    changes, turns = [], []
    for nth, (pause, watch, sees) in enumerate(looks):
        turns += [(0.7 * nth + pause * n, nth, watch, sees) for n in range(int(seconds / pause))]
    for now, _, watch, sees in sorted(turns, key=lambda turn: turn[:2]):
        found = watch.judge(replace(sees(now), open=dict(known)), now)
        for ill in found.begun:
            known[ill.what] = ill.detail
            changes.append(("begun", ill.what))
        for what in found.over:
            del known[what]
            changes.append(("over", what))
    return changes


def with_new(new: Follower) -> Callable[[float], Seen]:
    """What the watcher of the one release sees that names a further view."""
    return lambda _: replace(WELL, models=[*WELL.models, new])


@pytest.mark.rule("T9")
@pytest.mark.parametrize(
    ("new", "what"),
    [
        (Follower("added", 90, 91, "KeyError", 3.0), "model/added"),
        (Follower("added", 90, None, None, None), "reading"),
    ],
)
def test_a_view_that_only_one_of_two_releases_names_begins_once(new: Follower, what: str) -> None:
    """A clock and a worker of two releases: the other one does not know the view, parked or late."""
    looks = [(2.0, Watch(), with_new(new)), (2.0, Watch(), lambda _: WELL)]
    assert shared(looks, 500) == [("begun", what)]


@pytest.mark.rule("T9")
def test_its_own_watcher_ends_what_the_other_release_does_not_name() -> None:
    stands, goes = Follower("added", 90, 91, "KeyError", 3.0), Follower("added", 100, None, None, None)
    looks = [
        (2.0, Watch(), lambda now: with_new(stands if now < 100 else goes)(now)),
        (2.0, Watch(), lambda _: WELL),
    ]
    assert shared(looks, 140) == [("begun", "model/added"), ("over", "model/added")]


@pytest.mark.rule("T9")
def test_what_no_release_names_any_more_is_over_after_ten_minutes() -> None:
    for gone in ({"model/gone": "KeyError (91)"}, {"reading": "gone, roster"}):
        assert over_at(Watch(), replace(WELL, open=gone), 0, 700) == 600


@pytest.mark.rule("T9")
@pytest.mark.parametrize(("lag", "begins"), [(4.5, 0), (5.3, 1), (5.5, 1), (5.9, 1), (6.5, 1)])
def test_a_steady_lag_about_the_limit_begins_once_and_stays(lag: float, begins: int) -> None:
    """One watcher looks more seldom, so it finds less of the lag."""

    def behind(now: float) -> Seen:
        head, read = 1_000 + int(now * 10), 1_000 + int((now - lag) * 10)
        return replace(at(replace(WELL, head=head), dossier=read, roster=read, reminder=head), sealed=head)

    looks = [(2.02, Watch(), behind), (2.6, Watch(), behind)]
    assert shared(looks, 400) == [("begun", "reading")] * begins


@pytest.mark.rule("T9")
def test_what_another_watcher_ends_or_begins_is_counted_anew() -> None:
    watch, late = Watch(), at(WELL, dossier=99, roster=99)
    known = replace(late, open={"reading": None})
    for second in range(60):
        watch.judge(known, float(second))
    assert told(watch, late, 60, 100) == [(80.0, "reading")]
    for second in range(81, 110):
        watch.judge(WELL, float(second))
    assert over_at(watch, replace(WELL, open={"reading": None}), 110) == 130
