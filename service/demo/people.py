"""Invents clients with names, addresses and numbers as one meets them, no two of them the same person."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from aggregates.catalogue.settings import Region
from aggregates.client.events import FormOfAddress, Language
from aggregates.kernel import fold, fold_email
from service.demo.school import FirstNames, PlaceRow, School

_LETTERS = "ABCEGHJKLMNPRSTVWXYZ"
_NO_EMAIL_EVERY = 60
_FORMS = (FormOfAddress.MADAM, FormOfAddress.SIR, None)


@dataclass(frozen=True)
class Person:
    """Who a client is, and where."""

    last_name: str
    first_name: str
    form_of_address: FormOfAddress | None
    email: str | None
    telephone: str | None
    street: str | None
    postal_code: str
    city: str
    country: str
    region: Region
    language: Language


class Taken:
    """What somebody has already: names with postal codes, addresses, numbers."""

    def __init__(self, school: School) -> None:
        self.names = {_same(s.last_name, s.first_name, s.postal_code) for s in school.stories}
        self.emails = {fold_email(row.email) for row in school.staff}
        self.emails |= {fold_email(story.email) for story in school.stories}
        self.telephones = {s.telephone for s in school.stories} | set(school.settings.telephones.values())


class People:
    """An endless supply of invented people, the same ones for the same `rng` and what is taken."""

    def __init__(self, school: School, rng: Random, taken: Taken) -> None:
        self._school = school
        self._rng = rng
        self._taken = taken
        self._weights = [place.weight for place in school.places]
        self._count = 0

    def __iter__(self) -> Iterator[Person]:
        while True:
            yield self._next()

    def _next(self) -> Person:
        [place] = self._rng.choices(self._school.places, self._weights)
        form, first_name, last_name, postal_code = self._name(place)
        self._count += 1
        canadian = place.region is Region.CANADA
        return Person(
            last_name=last_name,
            first_name=first_name,
            form_of_address=None if self._rng.random() < 0.08 else form,
            email=None if self._count % _NO_EMAIL_EVERY == 7 else self._email(first_name, last_name),
            telephone=self._telephone(place),
            street=None if self._rng.random() < 0.1 else self._street(place),
            postal_code=postal_code,
            city=place.city,
            country=place.country,
            region=place.region,
            language=Language.EN if canadian and self._rng.random() < 0.07 else Language.FR,
        )

    def _name(self, place: PlaceRow) -> tuple[FormOfAddress | None, str, str, str]:
        """A name and a postal code that nobody has together (DOS-4)."""
        while True:
            [form] = self._rng.choices(_FORMS, (70, 25, 5))
            first_name = self._rng.choice(_of(self._school.first_names, form))
            last_name = self._last_name(place.region)
            postal_code = self._filled(self._rng.choice(place.postal_codes))
            same = _same(last_name, first_name, postal_code)
            if same not in self._taken.names:
                self._taken.names.add(same)
                return form, first_name, last_name, postal_code

    def _last_name(self, region: Region) -> str:
        names = self._school.last_names[region]
        first = self._rng.choice(names)
        second = self._rng.choice(names)
        single = "-" not in first + second and first[0].isupper() and first != second
        return f"{first}-{second}" if single and self._rng.random() < 0.12 else first

    def _email(self, first_name: str, last_name: str) -> str:
        local = f"{_plain(first_name)}.{_plain(last_name)}"
        number = 1
        while (email := f"{local}{number if number > 1 else ''}@example.com") in self._taken.emails:
            number += 1
        self._taken.emails.add(email)
        return email

    def _telephone(self, place: PlaceRow) -> str | None:
        """A number that nobody else has; None where all are given out."""
        for _ in range(20 if place.telephones else 0):
            number = self._filled(self._rng.choice(place.telephones))
            if number not in self._taken.telephones:
                self._taken.telephones.add(number)
                return number
        return None

    def _street(self, place: PlaceRow) -> str:
        number = self._rng.randint(1, 9_800 if place.region is Region.CANADA else 180)
        street = self._rng.choice(self._school.streets[place.region])
        flat = f", app. {self._rng.randint(1, 40)}" if self._rng.random() < 0.2 else ""
        return f"{number}, {street}{flat}"

    def _filled(self, pattern: str) -> str:
        """The pattern with a digit for each # and a letter for each @."""
        digits = re.sub("#", lambda _: str(self._rng.randrange(10)), pattern)
        return re.sub("@", lambda _: self._rng.choice(_LETTERS), digits)


def _of(names: FirstNames, form: FormOfAddress | None) -> tuple[str, ...]:
    match form:
        case FormOfAddress.MADAM:
            return names.madam
        case FormOfAddress.SIR:
            return names.sir
        case None:
            return names.neutral


def _same(last_name: str, first_name: str, postal_code: str) -> tuple[str, str, str]:
    return fold(last_name), fold(first_name), fold(postal_code)


def _plain(name: str) -> str:
    """The name in letters that an address may hold: « De La Côte » is `de-la-cote`."""
    text = unicodedata.normalize("NFD", name.casefold().replace("œ", "oe"))
    return re.sub(r"[^a-z-]", "", text.replace(" ", "-"))
