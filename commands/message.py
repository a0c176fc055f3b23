"""What every command is made of, and what its handler gets and gives."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any, ClassVar, Protocol, TypeVar, overload
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import orjson
import psycopg
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints

from aggregates.audience.conditions import Group, Leaf
from aggregates.audience.found import FoundAudience
from aggregates.catalogue.settings import Responsibility, SchoolSettings
from aggregates.client.impersonation.refusals import ActingAsClient
from aggregates.kernel import Aggregate, Role, Stream
from aggregates.mailing.events import Picture
from aggregates.mailing.refusals import NoSuchFile, NotAnImage
from commands.access import ForbiddenError, Principal, Scope
from commands.accounts import NewToken
from schema.farewells import Farewell
from schema.files import Head
from schema.store import Change, Loaded

_SHOWN_EVERYWHERE = frozenset({"image/jpeg", "image/png"})
"""Images that every mail reader shows."""
A = TypeVar("A")
B = TypeVar("B")
C = TypeVar("C")
D = TypeVar("D")


def _no_control_characters(text: str) -> str:
    if any(unicodedata.category(c) == "Cc" and c not in "\n\t" for c in text):
        raise ValueError("control characters are not allowed")
    return text


def _one_line(text: str) -> str:
    if "\n" in text or "\t" in text:
        raise ValueError("line breaks are not allowed")
    return _no_control_characters(text)


Name = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=200),
    AfterValidator(_one_line),
]
"""One line of text, 1 to 200 characters."""
Text = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=10_000),
    AfterValidator(_no_control_characters),
]
"""Free text of several lines, up to 10,000 characters."""
Country = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166 code."""


class Command(BaseModel):
    """A wish; subclasses say who may send it and which rules it serves.

    ALLOWED is the role table's row of this command (commands/access.py).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    ALLOWED: ClassVar[Mapping[Role, Scope]]
    RULES: ClassVar[tuple[str, ...]]
    ON_BEHALF: ClassVar[bool] = False
    """Passes from who is logged in as a client; nearly nothing does (DOS-12)."""

    @classmethod
    def verb_noun(cls) -> str:
        """The command's name in its address: DeferRegistration → defer-registration."""
        return "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).lstrip("-")


def sender(who: Principal, command: type[Command]) -> tuple[Principal, Scope]:
    """The principal in the role under which they send it, and how far that reaches.

    Raises ActingAsClient, ForbiddenError.
    """
    if who.behalf is not None and not command.ON_BEHALF:
        raise ActingAsClient(page=f"/dossiers/{who.behalf}")
    return who.acting(command.ALLOWED)


class Find(Protocol):
    """Whom a query finds; the read side's, handed in where objects are built.

    Persons in the order of their ids, `most` at the most, from the one after the first `skip`.
    """

    def __call__(
        self,
        connection: psycopg.Connection[Any],
        tree: Group | Leaf,
        *,
        now: datetime,
        today: date,
        most: int,
        skip: int,
    ) -> FoundAudience: ...


class Reader(Protocol):
    """What dispatch lends to a handler for one attempt."""

    def load(self, streams: Sequence[Stream[Any]]) -> list[Loaded[Any]]: ...

    def claim_owner(self, kind: str, value: str) -> UUID | None: ...

    def next_number(self, series: str, year: int) -> int: ...

    def keyed_hash(self, purpose: str, value: str) -> str: ...


@dataclass(frozen=True)
class Act:
    """One attempt at a command: who asks, when, and the reads a handler may make."""

    command_id: UUID
    who: Principal
    now: datetime
    reader: Reader
    ids: dict[str, UUID] = field(default_factory=dict)
    finder: Callable[..., FoundAudience] | None = None
    """`Find` on the connection of this attempt."""
    files: Callable[[Sequence[UUID]], Mapping[UUID, Head]] | None = None
    """What is known of uploaded files, on the same connection."""
    farewells: list[Farewell] = field(default_factory=list)
    """Last mails, kept with the facts: their addresses are erased by them (DOS-8)."""
    passwords: dict[UUID, str] = field(default_factory=dict)
    """Hashes of passwords that accounts get with this act."""
    tokens: list[NewToken] = field(default_factory=list)
    """Those of machines, kept with the facts."""

    @property
    def by_staff(self) -> bool:
        return self.who.role is not Role.CLIENT

    @property
    def verifies(self) -> bool:
        """One of those who still write on a roster that was handed over (ATE-7)."""
        return self.who.role in (Role.OFFICE, Role.ACCOUNTING)

    def keep_password(self, user: UUID, hashed: str) -> None:
        """The account gets this password with the facts of the act; it is no part of them."""
        self.passwords[user] = hashed

    def new(self, name: str) -> UUID:
        """A new id under that name; the same at every attempt, told in the answer."""
        return self.ids.setdefault(name, uuid5(self.command_id, name))

    def fresh(self, kind: Aggregate[A], name: str) -> Loaded[A]:
        """A stream that this command makes, under the new id of that name."""
        return Loaded(kind.at(self.new(name)), 0, kind.initial)

    @overload
    def load(self, a: Stream[A], /) -> Loaded[A]: ...
    @overload
    def load(self, a: Stream[A], b: Stream[B], /) -> tuple[Loaded[A], Loaded[B]]: ...
    @overload
    def load(self, a: Stream[A], b: Stream[B], c: Stream[C], /) -> tuple[Loaded[A], Loaded[B], Loaded[C]]: ...
    @overload
    def load(
        self, a: Stream[A], b: Stream[B], c: Stream[C], d: Stream[D], /
    ) -> tuple[Loaded[A], Loaded[B], Loaded[C], Loaded[D]]: ...
    def load(self, *streams: Stream[Any]) -> Any:
        """These streams in one query; at most three times per attempt, never after a number was drawn."""
        loaded = self.reader.load(streams)
        return loaded[0] if len(loaded) == 1 else tuple(loaded)

    def load_all(self, streams: Sequence[Stream[A]]) -> list[Loaded[A]]:
        """The same for any number of streams of one kind."""
        return self.reader.load(streams) if streams else []

    @overload
    def load_groups(
        self, a: Sequence[Stream[A]], b: Sequence[Stream[B]], /
    ) -> tuple[list[Loaded[A]], list[Loaded[B]]]: ...
    @overload
    def load_groups(
        self, a: Sequence[Stream[A]], b: Sequence[Stream[B]], c: Sequence[Stream[C]], /
    ) -> tuple[list[Loaded[A]], list[Loaded[B]], list[Loaded[C]]]: ...
    @overload
    def load_groups(
        self,
        a: Sequence[Stream[A]],
        b: Sequence[Stream[B]],
        c: Sequence[Stream[C]],
        d: Sequence[Stream[D]],
        /,
    ) -> tuple[list[Loaded[A]], list[Loaded[B]], list[Loaded[C]], list[Loaded[D]]]: ...
    def load_groups(self, *groups: Sequence[Stream[Any]]) -> Any:
        """The same for streams of several kinds, one list each, in one query."""
        loaded = iter(self.load_all([stream for group in groups for stream in group]))
        return tuple([next(loaded) for _ in group] for group in groups)

    def find(self, tree: Group | Leaf, *, zone: str, most: int, part: int) -> FoundAudience:
        """Whom the query finds now, as the read models stand: that part of them, `most` persons each."""
        assert self.finder is not None, "only dispatch finds"
        today = self.now.astimezone(ZoneInfo(zone)).date()
        return self.finder(tree, now=self.now, today=today, most=most, skip=most * (part - 1))

    def need_files(self, attachments: Sequence[UUID], image: Picture | None) -> None:
        """The files that are named are there, and the image is one. Raises NoSuchFile, NotAnImage."""
        named = [*attachments, *([] if image is None else [image.file])]
        if not named:
            return
        assert self.files is not None, "only dispatch knows files"
        heads = self.files(named)
        if not heads.keys() >= set(named):
            raise NoSuchFile
        if image is not None and heads[image.file].media not in _SHOWN_EVERYWHERE:
            raise NotAnImage

    def own_upload(self, file: UUID) -> Head:
        """A file that the asker uploaded and that is nobody's document yet. Raises NoSuchFile."""
        assert self.files is not None, "only dispatch knows files"
        head = self.files([file]).get(file)
        if head is None or head.owner != self.who.user or head.person is not None:
            raise NoSuchFile
        return head

    def need(self, *roles: Role) -> None:
        """A part of the command that only these may use. Raises ForbiddenError."""
        if not self.who.roles & set(roles):
            raise ForbiddenError

    def need_responsibility(self, school: SchoolSettings, responsibility: Responsibility) -> None:
        """Only the staff user or role that settings give it to goes on (Roles). Raises ForbiddenError."""
        if school.holder_of(responsibility) not in {self.who.user, *self.who.roles}:
            raise ForbiddenError

    def holder(self, kind: str, value: str) -> UUID | None:
        """Who holds this claim, by clear value."""
        return self.reader.claim_owner(kind, value)

    def hashed(self, purpose: str, value: str) -> str:
        """The value's keyed hash, for a fact that outlives the value; nobody makes it without the key."""
        return self.reader.keyed_hash(purpose, value)

    def tell(self, outcome: str, id_: UUID) -> None:
        """What became of something: the answer names it under the outcome."""
        self.ids[outcome] = id_

    def number(self, series: str, year: int) -> str:
        """The next number of a series, gap-free: a refusal afterwards gives it back (FAC-1)."""
        return f"{series}-{year}-{self.reader.next_number(series, year):04d}"


Handle = Callable[[Any, Act], list[Change]]


@dataclass(frozen=True)
class Answer:
    """What a command answers: the position of its last event and the ids it made."""

    position: int
    ids: bytes
    """JSON object of name → id, as stored."""

    def to_bytes(self) -> bytes:
        """The JSON answer; the same bytes whenever the same command is sent again."""
        inner = self.ids[1:-1]
        return b'{"position":"%d"' % self.position + (b"," + inner if inner else b"") + b"}"

    @property
    def made(self) -> dict[str, UUID]:
        """Name → id."""
        return {name: UUID(text) for name, text in orjson.loads(self.ids).items()}
