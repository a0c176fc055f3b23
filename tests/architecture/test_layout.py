"""Where things stand: packages, commands with their tests, and nothing of the machine it was written on."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from commands.message import Act, Command
from service.bootstrap import COMMANDS
from tests.architecture.source import PACKAGES, ROOT, Finding, Source, python, repository, snippet

REGISTRIES = re.compile(
    r"\b(pypi|pythonhosted|npmjs|yarnpkg|jsdelivr|unpkg|crates|rubygems)\.(org|com|io|net)\b"
    r"|--(extra-)?index-url[ =]|--find-links"
)
MACHINE = re.compile(r"(?<![\w.~-])/(work|home|root|Users|tmp/\w+)/[\w.-]+")
COMMAND_FILES = sorted(
    s.path for s in python("commands") if len(s.path.parts) == 3 and s.path.stem != "__init__"
)


def inside(name: str) -> bool:
    """Whether importing this name finds a package of the repository."""
    spec = find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).is_relative_to(ROOT) and ".venv" not in spec.origin


@pytest.mark.parametrize("name", PACKAGES)
def test_each_package_is_the_repositorys_own(name: str) -> None:
    assert inside(name)


def test_a_package_from_elsewhere_is_told_apart() -> None:
    assert not inside("pydantic")
    assert not inside("json")


def mentions(pattern: re.Pattern[str], sources: Iterable[Source]) -> Iterator[tuple[Path, Finding]]:
    for source in sources:
        for number, line in enumerate(source.text.splitlines(), 1):
            if hit := pattern.search(line):
                yield source.path, Finding(number, hit[0])


def elsewhere() -> Iterator[Source]:
    """All files but the two tests that name what they look for."""
    return (s for s in repository() if s.path.name not in (Path(__file__).name, "test_setup.py"))


def test_no_file_names_a_package_registry() -> None:
    assert list(mentions(REGISTRIES, elsewhere())) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    assert list(mentions(MACHINE, elsewhere())) == []


@pytest.mark.parametrize(
    ("pattern", "bad", "good"),
    [
        (REGISTRIES, "https://files." + "pythonhosted" + ".org/packages/x", "https://example.org/packages"),
        (REGISTRIES, "pip install --index-url https://mirror.example x", "--no-emit-index-url"),
        (MACHINE, "path = '/home/me/portail'", "see ./home/page.html"),
        (MACHINE, "cd /root/portail && make", "FROM scratch; COPY . /srv/portail"),
        (MACHINE, "/tmp/scratch/notes.txt", "a folder under /tmp"),
    ],
)
def test_the_search_finds_what_it_looks_for(pattern: re.Pattern[str], bad: str, good: str) -> None:
    assert list(mentions(pattern, [snippet(bad)]))
    assert list(mentions(pattern, [snippet(good)])) == []


def command_of(path: Path) -> type[Command]:
    """The command class that a file must hold: defer_registration.py → DeferRegistration."""
    module = importlib.import_module(".".join(path.with_suffix("").parts))
    name = "".join(word.capitalize() for word in path.stem.split("_"))
    found = getattr(module, name)
    assert issubclass(found, Command)
    return found  # type: ignore[no-any-return]


@pytest.mark.parametrize("path", COMMAND_FILES, ids=lambda path: path.stem)
class TestEachCommandFile:
    def test_holds_one_command_and_its_handle(self, path: Path) -> None:
        command = command_of(path)
        handle = importlib.import_module(command.__module__).handle
        arguments = inspect.get_annotations(handle, eval_str=True)
        assert list(arguments) == ["command", "act", "return"]
        assert (arguments["command"], arguments["act"]) == (command, Act)

    def test_is_registered_with_its_handle(self, path: Path) -> None:
        command = command_of(path)
        assert COMMANDS[command] is importlib.import_module(command.__module__).handle

    def test_says_who_may_send_it_and_which_rules_it_serves(self, path: Path) -> None:
        command = command_of(path)
        assert command.ALLOWED
        assert command.RULES
        assert command.__doc__

    def test_is_named_by_a_test(self, path: Path) -> None:
        assert files_naming(command_of(path), python("tests"))


def files_naming(command: type[Command], sources: Iterable[Source]) -> list[Path]:
    """Test files in whose code, not only its comments, the class stands."""
    return [
        source.path
        for source in sources
        if source.path.name.startswith("test_") and command.__name__ in _names(source)
    ]


@cache
def _names(source: Source) -> frozenset[str]:
    return frozenset(node.id for node in ast.walk(source.tree) if isinstance(node, ast.Name))


def test_a_command_that_only_a_comment_names_is_not_tested() -> None:
    command = command_of(COMMAND_FILES[0])
    by_comment = snippet(f"# {command.__name__}", "tests/commands/test_planted.py")
    by_code = snippet(f"send({command.__name__}())", "tests/commands/test_planted.py")
    assert files_naming(command, [by_comment]) == []
    assert files_naming(command, [by_code])
