"""compose.yaml as the tests see it: variables filled in, one object per service."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
FILLED = {"POSTGRES_PASSWORD": "dbsecret", "VALKEY_PASSWORD": "kvsecret"}
OURS = ("migrate", "demo", "web", "projector", "worker", "clock")


@dataclass(frozen=True)
class Service:
    """One service of the file."""

    name: str
    raw: dict[str, Any]

    @property
    def environment(self) -> dict[str, str]:
        """Return its variables, filled in."""
        return {name: fill(str(value)) for name, value in self.raw.get("environment", {}).items()}

    @property
    def waits_for(self) -> dict[str, str]:
        """Return what must be so of which service before this one starts."""
        return {name: entry["condition"] for name, entry in self.raw.get("depends_on", {}).items()}

    @property
    def check(self) -> list[str]:
        """Return its health check."""
        test: list[str] = self.raw.get("healthcheck", {}).get("test", [])
        return test


def read_compose() -> dict[str, Service]:
    """Return the services of compose.yaml by name."""
    content = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return {name: Service(name, raw) for name, raw in content["services"].items()}


def fill(text: str) -> str:
    """Put the variables of an .env file, or their defaults, where compose would."""

    def value(match: re.Match[str]) -> str:
        name, default = match["name"], match["default"]
        return FILLED[name] if default is None else FILLED.get(name, default)

    filled = re.sub(r"\$\{(?P<name>\w+)(?::-(?P<default>[^}]*)|:\?[^}]*)\}", value, text)
    return filled.replace("$$", "$")
