"""The words every aggregate speaks: facts, refusals, money, streams and fields that can be erased."""

from __future__ import annotations

import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    ClassVar,
    Generic,
    Literal,
    TypeAlias,
    TypeVar,
    get_args,
    get_origin,
)
from uuid import UUID

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
S = TypeVar("S")

Scope = Literal["identity", "contact"]
SCOPES: tuple[Scope, ...] = ("identity", "contact")


class Erased:
    """Stands where a personal value was before its key was destroyed (DOS-11)."""

    def __str__(self) -> str:
        return "[effacé]"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Erased)

    def __hash__(self) -> int:
        return hash(Erased)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.is_instance_schema(cls)


ERASED = Erased()


@dataclass(frozen=True)
class Under:
    """Marks a field as stored under one of the person's two keys."""

    scope: Scope


Identity: TypeAlias = Annotated[T | Erased, Under("identity")]
"""Kept by a deactivated dossier: name, postal code, billing name (DOS-11)."""
Contact: TypeAlias = Annotated[T | Erased, Under("contact")]
"""All else that is personal; goes when the dossier is deactivated (DOS-11)."""


if TYPE_CHECKING:
    from dataclasses import replace as replace  # mypy knows the fields of this one alone
else:

    def replace(state, **fields):
        """As of `dataclasses`, for states, four times as fast: they are folded once for every fact.

        Right for plain dataclasses only, whose `__dict__` is all there is; a test looks at each state.
        """
        made = object.__new__(state.__class__)
        made.__dict__.update(state.__dict__, **fields)
        return made


class Role(StrEnum):
    """Who acts (requirements, Roles); `system` is a process manager."""

    CLIENT = "client"
    ORGANISER = "organiser"
    TRAINER = "trainer"
    OFFICE = "office"
    ACCOUNTING = "accounting"
    ADMIN = "admin"
    AUDITOR = "auditor"
    SYSTEM = "system"


class Value(BaseModel):
    """A value inside facts and states: frozen, nothing unknown accepted."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Fact(Value):
    """Something that happened, in the past tense, never changed afterwards.

    TOPIC is the stored name, REVISION the shape's number (older ones are upcast), VISIBLE says whether
    the client may read it in the own history. OPENS and DESTROYS name the keys that this fact creates
    or destroys for its `person`.
    """

    TOPIC: ClassVar[str]
    REVISION: ClassVar[int] = 1
    VISIBLE: ClassVar[bool] = True
    OPENS: ClassVar[tuple[Scope, ...]] = ()
    DESTROYS: ClassVar[tuple[Scope, ...]] = ()


def personal_fields(fact_type: type[Fact]) -> Mapping[str, Scope]:
    """Field name → scope of the key it is stored under.

    Raises TypeError when a personal field is nested, or when the fact names no `person`.
    """
    found: dict[str, Scope] = {}
    for name, field in fact_type.model_fields.items():
        marks = [m for m in field.metadata if isinstance(m, Under)]
        if marks:
            found[name] = marks[0].scope
        elif _holds_mark(field.annotation):
            raise TypeError(f"{fact_type.__name__}.{name}: only a whole field can be personal")
    if (found or fact_type.OPENS or fact_type.DESTROYS) and "person" not in fact_type.model_fields:
        raise TypeError(f"{fact_type.__name__} has personal fields but names no person")
    return found


def _holds_mark(annotation: Any) -> bool:
    if get_origin(annotation) is Annotated and any(isinstance(a, Under) for a in get_args(annotation)):
        return True
    return any(_holds_mark(a) for a in get_args(annotation))


class Refused(Exception):  # noqa: N818
    """A wish that contradicts the state or a rule; subclasses are named by the situation.

    `code` and `rule` are fixed per class, `fields` are plain values for the sentence, which is
    looked up in schema/labels at the edge. No personal data in fields.
    """

    code: ClassVar[str]
    rule: ClassVar[str]

    def __init__(self, **fields: Any) -> None:
        super().__init__(self.code)
        self.fields = fields


class Missing(Refused):
    """The thing named is not known, or not the asker's: both get the same answer (404)."""


class Currency(StrEnum):
    """ISO 4217 codes the school invoices in (CAT-2)."""

    CAD = "CAD"
    EUR = "EUR"


class Money(Value):
    """An amount in minor units (cents) of one currency; amounts of two currencies never mix (CAT-2)."""

    minor: int
    currency: Currency

    def __add__(self, other: Money) -> Money:
        return Money(minor=self.minor + self._same(other), currency=self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(minor=self.minor - self._same(other), currency=self.currency)

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: Money) -> bool:
        return self.minor <= self._same(other)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} does not mix with {other.currency}")
        return other.minor

    def times(self, count: int) -> Money:
        """The amount `count` times."""
        return Money(minor=self.minor * count, currency=self.currency)

    def percent(self, share: int) -> Money:
        """`share` per cent, rounded half up to the cent, once (CAT-3)."""
        return Money(minor=(self.minor * share * 2 + 100) // 200, currency=self.currency)

    @classmethod
    def zero(cls, currency: Currency) -> Money:
        return cls(minor=0, currency=currency)

    @classmethod
    def total(cls, currency: Currency, amounts: Iterable[Money]) -> Money:
        """The sum, 0 when there are none. Raises ValueError on another currency."""
        return sum(amounts, start=cls.zero(currency))


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """How one kind of stream is folded: its name, first state, `evolve` and the facts it may hold."""

    name: str
    initial: S
    evolve: Callable[[S, Any], S]
    facts: tuple[type[Fact], ...]

    def at(self, stream: UUID) -> Stream[S]:
        """The stream of this kind under that id."""
        return Stream(self, stream)


@dataclass(frozen=True)
class Stream(Generic[S]):
    """One aggregate's event stream: its kind and its id."""

    kind: Aggregate[S]
    id: UUID


def months_from(day: date, months: int) -> date:
    """The same day of the month that many months later or, below 0, before; else that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss"})


def fold(text: str) -> str:
    """A name without accents, case, ligatures, spaces, hyphens, points and apostrophes (DOS-4).

    Letters of every script stay: names that share none are different names.
    """
    lowered = unicodedata.normalize("NFD", text.casefold().translate(_LIGATURES))
    return "".join(c for c in lowered if c.isalnum() and unicodedata.category(c) != "Lm")


def fold_email(email: str) -> str:
    """An address without case and outer spaces; a + part counts (DOS-4)."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def sorting_key(last_name: str | Erased, first_name: str | Erased) -> str | None:
    """The key that orders people by folded last and first name; None once erased."""
    if isinstance(last_name, Erased) or isinstance(first_name, Erased):
        return None
    return f"{fold(last_name)} {fold(first_name)}"
