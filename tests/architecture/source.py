"""The repository's files, and what is found in them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGES = (
    "aggregates",
    "commands",
    "portal",
    "processors",
    "projections",
    "read_api",
    "schema",
    "service",
)


@dataclass(frozen=True)
class Finding:
    """One line that breaks a rule."""

    line: int
    what: str


@dataclass(frozen=True)
class Source:
    """One text file; `path` is relative to the repository."""

    path: Path
    text: str

    @property
    def tree(self) -> ast.Module:
        return _parsed(self.text)

    @property
    def folder(self) -> str:
        return self.path.parts[0] if len(self.path.parts) > 1 else ""

    def segment(self, node: ast.stmt | ast.expr) -> str:
        """The lines a node stands on, comments included."""
        return "\n".join(self.text.splitlines()[node.lineno - 1 : node.end_lineno])


@cache
def _parsed(text: str) -> ast.Module:
    return ast.parse(text)


@cache
def repository() -> tuple[Source, ...]:
    """Every text file that is tracked, or new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split("\0")
    return tuple(_read(Path(name)) for name in sorted({*listed}) if (ROOT / name).is_file())


def _read(path: Path) -> Source:
    return Source(path, (ROOT / path).read_text("utf-8", errors="replace"))


def python(*folders: str) -> Iterator[Source]:
    """Python files, of these folders when some are named."""
    for source in repository():
        if source.path.suffix == ".py" and (not folders or source.folder in folders):
            yield source


def with_suffix(*suffixes: str) -> Iterator[Source]:
    """Files whose names end so."""
    return (source for source in repository() if source.path.suffix in suffixes)


def snippet(text: str, name: str = "aggregates/planted.py") -> Source:
    """A file that isn't there."""
    return Source(Path(name), text)
