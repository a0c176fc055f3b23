"""What of the portal stands still, as the database alone shows it: nothing is asked of what may hang (T9)."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import Any, cast

import psycopg

READING, REACTIONS, MAILS, SEALS = "reading", "reactions", "mails", "seals"
MODEL, PROCESSOR = "model/", "processor/"
_SEEN = """
    select
        (select coalesce(max(position), 0) from events),
        (select extract(epoch from clock_timestamp() - beat_at)::float from reader),
        (select coalesce(json_agg(json_build_array(name, position, parked_position, parked_error,
            extract(epoch from now() - parked_since)) order by name), '[]') from read_models
            where name = any(%(models)s)),
        (select coalesce(json_agg(json_build_array(name, greatest(position, since), parked_position,
            parked_error, extract(epoch from now() - parked_since)) order by name), '[]') from processors
            where name = any(%(processors)s)),
        coalesce((select upto from seals order by block desc limit 1), 0),
        (select extract(epoch from now() - min(case state when 'claimed' then lease_until else next_try end))
            ::float from outbox where mailing is null and ((state = 'to_send' and next_try <= now())
            or (state = 'claimed' and lease_until < now()))),
        exists (select from outbox where state = 'claimed' and lease_until > now()),
        (select coalesce(json_object_agg(what, detail), '{}') from outages where over_at is null)
"""
_MOST_HEADS = 5_000


@dataclass(frozen=True)
class Limits:
    """In seconds."""

    late: float = 5.0
    """So far behind the log views, reactions and seals may be."""
    share: float = 0.5
    """The part of `late` and `silent` that an outage falls to before it counts as well."""
    silent: float = 10.0
    """So long the reader may leave no sign of life."""
    unsent: float = 60.0
    """So long a mail that is due may lie there while nobody sends any: two rounds of the sweeper."""
    patience: float = 20.0
    """So long it has to stay so before it is an outage, and to be well again before that is over."""
    others: float = 600.0
    """So long an outage of what another release alone names is left to that one's watcher."""
    pause: float = 2.0
    """Between two looks."""


@dataclass(frozen=True)
class Follower:
    """A read model or a processor: how far it is, and what it is parked before."""

    name: str
    position: int
    parked_at: int | None
    error: str | None
    parked_seconds: float | None


@dataclass(frozen=True)
class Seen:
    """What one look finds."""

    head: int
    """Position of the newest event."""
    silence: float
    """Seconds since the reader's sign of life."""
    models: Sequence[Follower]
    processors: Sequence[Follower]
    sealed: int
    unsent: float
    """Seconds since the oldest mail that lies there was due."""
    sending: bool
    """Whether a worker has a mail in its hands."""
    open: Mapping[str, str | None]
    """What is known to stand still, with its detail."""


@dataclass(frozen=True)
class Ill:
    """One thing that stands still or is late."""

    what: str
    seconds: float
    """For how long."""
    position: int | None = None
    """How far it is in the log."""
    detail: str | None = None


@dataclass(frozen=True)
class Found:
    """What follows from a look."""

    ill: Sequence[Ill]
    """As it is at this moment, hiccups too."""
    begun: Sequence[Ill]
    """What is an outage now, and was none."""
    over: Sequence[str]


def see(connection: psycopg.Connection[Any], models: Sequence[str], processors: Sequence[str]) -> Seen:
    """Look once, at those of this release: rows of others are nobody's to move."""
    row = connection.execute(
        cast("Any", _SEEN), {"models": list(models), "processors": list(processors)}
    ).fetchone()
    head, silence, of_models, of_processors, sealed, unsent, sending, known = cast("Any", row)
    return Seen(
        head,
        math.inf if silence is None else silence,
        [Follower(*each) for each in of_models],
        [Follower(*each) for each in of_processors],
        sealed,
        unsent or 0.0,
        sending,
        known,
    )


@dataclass
class Watch:
    """One watcher's memory: when it first saw each head of the log, and since when what is ill or well.

    Lag is the age of the oldest head seen that somebody has not reached: that holds under any load and
    whatever the clocks of machines and school show. Other watchers judge too, by looks and releases of
    their own: whatever one of them opens or ends is counted anew from there.
    """

    limits: Limits = field(default_factory=Limits)
    _heads: list[tuple[float, int]] = field(default_factory=list)
    _ill_since: dict[str, float] = field(default_factory=dict)
    _well_since: dict[str, float] = field(default_factory=dict)
    _open: frozenset[str] = frozenset()
    _looked: float = -math.inf

    def judge(self, seen: Seen, now: float) -> Found:
        """`now` is a monotonic clock's. Who could not look for a while begins to count anew.

        It ends what it names itself. Models and processors of another release are that one's to end,
        and the readings and reactions that are late for them; after `Limits.others` nobody names them.
        """
        if now - self._looked > self.limits.patience:
            self._ill_since.clear()
            self._well_since.clear()
        for what in self._open ^ seen.open.keys():
            self._ill_since.pop(what, None)
            self._well_since.pop(what, None)
        self._looked, self._open = now, frozenset(seen.open)
        self._note(seen, now)
        ill = self._ills(seen, now)
        well = {what for what in seen.open if what not in ill}
        if REACTIONS in ill:  # they drive the mails too: nothing is known of who sends them
            ill.pop(MAILS, None)
            well.discard(MAILS)
        self._ill_since = {what: self._ill_since.get(what, now) for what in ill}
        self._well_since = {what: self._well_since.get(what, now) for what in well}
        return Found(
            list(ill.values()),
            [ill[w] for w in self._lasting(self._ill_since, now) if w not in seen.open],
            self._lasting(self._well_since, now, _of_others(seen)),
        )

    def follows(self, seen: Seen) -> bool:
        """Whether all that is not parked has reached what the first look found."""
        first = self._heads[0][1]
        of_log = [f.position for f in (*seen.models, *seen.processors) if f.parked_at is None]
        return min((seen.sealed, *of_log)) >= first

    def _lasting(self, since: Mapping[str, float], now: float, others: Set[str] = frozenset()) -> list[str]:
        patience, longer = self.limits.patience, self.limits.others
        return sorted(w for w, at in since.items() if now - at >= (longer if w in others else patience))

    def _limit(self, seconds: float, what: str, seen: Seen) -> float:
        """Who hovers about one limit would begin and end all the time."""
        return seconds * (self.limits.share if what in seen.open else 1)

    def _note(self, seen: Seen, now: float) -> None:
        if not self._heads or self._heads[-1][1] < seen.head:
            self._heads.append((now, seen.head))
        if len(self._heads) > _MOST_HEADS:
            del self._heads[: _MOST_HEADS // 2]

    def _lag(self, position: int, now: float) -> float:
        later = bisect_right(self._heads, position, key=lambda each: each[1])
        return now - self._heads[later][0] if later < len(self._heads) else 0.0

    def _ills(self, seen: Seen, now: float) -> dict[str, Ill]:
        reading = self._of(READING, MODEL, seen.models, seen, now)
        if READING not in reading and seen.silence > self._limit(self.limits.silent, READING, seen):
            silent = seen.silence if math.isfinite(seen.silence) else 0.0
            reading[READING] = Ill(READING, silent)
        found = reading | self._of(REACTIONS, PROCESSOR, seen.processors, seen, now)
        if (late := self._lag(seen.sealed, now)) > self._limit(self.limits.late, SEALS, seen):
            found[SEALS] = Ill(SEALS, late, seen.sealed)
        if seen.unsent > self.limits.unsent and not seen.sending:
            found[MAILS] = Ill(MAILS, seen.unsent)
        return found

    def _of(
        self, whole: str, part: str, followers: Sequence[Follower], seen: Seen, now: float
    ) -> dict[str, Ill]:
        """Each one that is parked, and the others together: who resumes catches up within its own outage."""
        found, running = {}, []
        for follower in followers:
            lag, what = self._lag(follower.position, now), f"{part}{follower.name}"
            if follower.parked_at is not None:
                stands = f"{follower.error} ({follower.parked_at})"
                found[what] = Ill(what, follower.parked_seconds or 0.0, follower.position, stands)
            elif what not in seen.open:
                running.append((lag, follower))
            elif lag > self._limit(self.limits.late, what, seen):
                found[what] = Ill(what, lag, follower.position)
        limit = self._limit(self.limits.late, whole, seen)
        late = [(lag, follower) for lag, follower in running if lag > limit]
        if late:
            names = None if len(late) == len(running) else ", ".join(f.name for _, f in late)
            found[whole] = Ill(whole, max(lag for lag, _ in late), min(f.position for _, f in late), names)
        return found


def _of_others(seen: Seen) -> set[str]:
    """Outages of models and processors that this release does not name."""
    named = {f"{MODEL}{f.name}" for f in seen.models} | {f"{PROCESSOR}{f.name}" for f in seen.processors}
    found = set()
    for what, detail in seen.open.items():
        about = {what} if what.startswith((MODEL, PROCESSOR)) else set()
        if detail and (part := {READING: MODEL, REACTIONS: PROCESSOR}.get(what)):
            about = {f"{part}{name}" for name in detail.split(", ")}
        if not about <= named:
            found.add(what)
    return found
