"""What the environment may say (PORTAIL_…), and what production mode refuses."""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from schema.database_roles import DatabaseRole, url_as
from service.production import LOOPBACK, refusals

PREFIX = "PORTAIL_"
TOOLS = {f"{PREFIX}CHROMIUM"}


class SettingsError(Exception):
    """The environment cannot be used; the text has one line, French then English, per reason."""


def _beside_data(*parts: str) -> Any:
    return Field(default_factory=lambda data: Path(data["data_dir"], *parts))


class Settings(BaseSettings):
    """All settings of the service. The school's rules are events, never settings. An empty value is unset."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, env_ignore_empty=True, hide_input_in_errors=True, extra="forbid"
    )

    mode: Literal["demo", "test", "production"] = "demo"
    """What may be made up: a demo invents data and keys, production nothing."""
    data_dir: Path = Path("var")
    """Folder of everything embedded: databases, keys, caught mails."""
    database_url: str = Field(default="", repr=False)
    """PostgreSQL ≥ 15, a database of a cluster that is ours alone; empty: the embedded one."""
    service_database_url: str = Field(default="", repr=False)
    """Log-in that may act as portail_service and nothing more; empty: DATABASE_URL's."""
    queries_database_url: str = Field(default="", repr=False)
    """The same for portail_queries."""
    project_database_url: str = Field(default="", repr=False)
    """The same for portail_project."""
    sealer_database_url: str = Field(default="", repr=False)
    """The same for portail_sealer."""
    eraser_database_url: str = Field(default="", repr=False)
    """The same for portail_eraser."""
    redis_url: str = Field(default="", repr=False)
    """Valkey or Redis ≥ 7; empty: the embedded one."""
    smtp_url: str = Field(default="", repr=False)
    """smtp://user:password@host:587 or smtps://…; empty: mails are caught and shown under /courriels."""
    mailbox_port: Annotated[int, Field(ge=1, le=65535)] = 2525
    """Port of the embedded mail catcher, on loopback."""
    mail_from: str = "ecole@example.com"
    """Sender's address of every mail."""
    bounce_address: str = ""
    """Mailbox that mails come back to, each under an address of its own (rebonds+…@); empty: the sender's."""
    bounces_dir: Path = _beside_data("bounces")
    """Maildir that the mail server fills with what comes back."""
    host: str = "127.0.0.1"
    """Address the web server listens on; 0.0.0.0 in a container."""
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    """Port of the web server."""
    public_url: str = Field(default_factory=lambda data: f"http://localhost:{data['port']}")
    """Address under which people reach the portal, without a slash at its end."""
    allowed_hosts: str = ""
    """Further names the portal answers to, beside PUBLIC_URL's and this machine's: a.example,b.example."""
    trusted_proxies: str = ""
    """Proxies whose X-Forwarded-For is believed: addresses or networks, 10.0.0.7,10.1.0.0/16; empty: none."""
    security_contact: str = ""
    """Whom to tell of a hole, mailto:… or https://…, shown under /.well-known/security.txt; empty: nobody."""
    master_key_file: Path = _beside_data("keys", "master.key")
    """32 bytes in hex that wrap every person's keys."""
    lookup_key_file: Path = _beside_data("keys", "lookup.key")
    """32 bytes in hex under which addresses are looked up."""
    seal_key_file: Path = _beside_data("keys", "seal.key")
    """Ed25519 private key, 32 bytes in hex, that signs the log's seals."""
    notary_file: Path = _beside_data("notary.log")
    """Where signed seals and the erasure ledger are kept; put it on another disk."""
    paypal_url: str = ""
    """Base address of the payment provider; empty: the embedded simulator, in production no cards."""
    paypal_client: str = ""
    """Client id at the payment provider."""
    paypal_secret: str = Field(default="", repr=False)
    """Secret at the payment provider."""
    paypal_webhook_id: str = ""
    """Id of our webhook at the payment provider."""
    provider_port: Annotated[int, Field(ge=1, le=65535)] = 8500
    """Port of the embedded payment simulator, on loopback."""
    demo_password: str = Field(default="portail-demo", repr=False)
    """Password of the demo accounts."""
    test_clock: bool = False
    """Whether tests may set the one clock over HTTP."""

    @field_validator(
        "data_dir", "bounces_dir", "master_key_file", "lookup_key_file", "seal_key_file", "notary_file"
    )
    @classmethod
    def _absolute(cls, path: Path) -> Path:
        return path.absolute()

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("http(s)://host")
        return url.rstrip("/")

    @field_validator("allowed_hosts")
    @classmethod
    def _names(cls, text: str) -> str:
        for name in _listed(text):
            if not re.fullmatch(r"[A-Za-z0-9._:-]+", name):
                raise ValueError("name,name without ports")
        return text.lower()

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        """An address that everybody may have names no proxy."""
        try:
            networks = [ip_network(part) for part in _listed(text)]
        except ValueError:
            raise ValueError("address,network/bits") from None
        if any(network.prefixlen == 0 for network in networks):
            raise ValueError("every address would be believed")
        return text

    @field_validator("security_contact")
    @classmethod
    def _contact(cls, text: str) -> str:
        if text and not re.fullmatch(r"(mailto:|https://)[!-~]+", text):
            raise ValueError("mailto:… or https://…")
        return text

    @field_validator("bounce_address")
    @classmethod
    def _short_mailbox(cls, address: str) -> str:
        """41 characters are added before the @, where 64 may stand."""
        if address and not re.fullmatch(r"[A-Za-z0-9._-]{1,23}@[A-Za-z0-9.-]+", address):
            raise ValueError("name@domain, the name of 23 characters at most")
        return address

    @field_validator("smtp_url")
    @classmethod
    def _mail_address(cls, url: str) -> str:
        parts = urlsplit(url)
        if url and (parts.scheme not in ("smtp", "smtps") or not parts.hostname):
            raise ValueError("smtp(s)://host:port")
        return url

    @property
    def hosts(self) -> frozenset[str]:
        """The names that the portal answers to, without ports."""
        return frozenset({urlsplit(self.public_url).hostname or "", *LOOPBACK, *_listed(self.allowed_hosts)})

    @property
    def proxies(self) -> tuple[str, ...]:
        """Proxies that are believed."""
        return _listed(self.trusted_proxies)

    def database_as(self, role: DatabaseRole) -> str:
        """Where who works in that role connects: a log-in of its own, or the one of all."""
        own = {
            DatabaseRole.SERVICE: self.service_database_url,
            DatabaseRole.QUERIES: self.queries_database_url,
            DatabaseRole.PROJECT: self.project_database_url,
            DatabaseRole.SEALER: self.sealer_database_url,
            DatabaseRole.ERASER: self.eraser_database_url,
        }
        return url_as(own[role] or self.database_url, role)

    @property
    def catches_mail(self) -> bool:
        """Whether mails go to the embedded catcher."""
        return not self.smtp_url

    @property
    def simulates_payments(self) -> bool:
        """Whether payments go to the embedded simulator, where no money moves."""
        return self.mode != "production" and not self.paypal_url

    @property
    def mail_server(self) -> str:
        """URL of the SMTP server to deliver to, the catcher's when none is set."""
        return self.smtp_url or f"smtp://127.0.0.1:{self.mailbox_port}"

    @property
    def mails_dir(self) -> Path:
        """Folder of the caught mails, one .eml each."""
        return self.data_dir / "mails"


def _listed(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def load() -> Settings:
    """Read the environment.

    Raises SettingsError for a wrong value, an unknown PORTAIL_ variable, or what production refuses.
    """
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields} | TOOLS
    unknown = sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known)
    if unknown:
        names = ", ".join(unknown)
        raise SettingsError(f"Réglage inconnu : {names}. / Unknown setting: {names}.")
    try:
        settings = Settings()
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            if problem["type"] == "default_factory_not_called":
                continue  # only says that another field, reported too, is wrong
            name = f"{PREFIX}{'_'.join(map(str, problem['loc'])).upper()}"
            lines.append(f"{name} : valeur refusée. / {name}: refused value ({problem['msg']}).")
        raise SettingsError("\n".join(lines)) from None
    problems = refusals(settings) if settings.mode == "production" else []
    if problems:
        raise SettingsError("\n".join(problems))
    return settings
