"""Settings: what they default to, and what is refused with which words."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict

from schema.database_roles import DatabaseRole
from service.settings import Settings, SettingsError, load


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("PORTAIL_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> dict[str, str]:
    """An environment that production accepts."""
    environment = {
        "PORTAIL_MODE": "production",
        "PORTAIL_SMTP_URL": "smtps://mail.example.com:465",
        "PORTAIL_MAIL_FROM": "ecole@example.org",
        "PORTAIL_PUBLIC_URL": "https://portail.example.org",
        "PORTAIL_PAYPAL_URL": "https://api.paypal.example",
    }
    for name in ("MASTER", "LOOKUP", "SEAL"):
        path = tmp_path / name.lower()
        path.write_text("00" * 32)
        environment[f"PORTAIL_{name}_KEY_FILE"] = str(path)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return environment


def refused() -> list[str]:
    """Return the lines of the refusal."""
    with pytest.raises(SettingsError) as caught:
        load()
    return str(caught.value).splitlines()


def test_a_demo_needs_no_setting_at_all() -> None:
    settings = load()
    assert settings.mode == "demo"
    assert settings.data_dir == Path("var").absolute()
    assert settings.master_key_file == Path("var/keys/master.key").absolute()
    assert settings.public_url == "http://localhost:8000"
    assert settings.catches_mail
    assert settings.mail_server == "smtp://127.0.0.1:2525"


def test_files_move_with_the_data_folder_and_the_address_with_the_port(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PORTAIL_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("PORTAIL_PORT", "8123")
    settings = load()
    assert settings.seal_key_file == tmp_path / "keys" / "seal.key"
    assert settings.notary_file.parent == tmp_path
    assert settings.public_url == "http://localhost:8123"


def test_production_accepts_a_complete_environment(production: dict[str, str]) -> None:
    settings = load()
    assert settings.mail_server == production["PORTAIL_SMTP_URL"]
    assert not settings.test_clock


@pytest.mark.parametrize(
    ("name", "value", "french", "english"),
    [
        ("SMTP_URL", "", "boîte de démonstration", "does not catch mails"),
        ("MAIL_FROM", "", "l'adresse de l'expéditeur", "the sender's address"),
        ("PUBLIC_URL", "http://portail.example.org", "https://", "must start with https://"),
        ("PUBLIC_URL", "", "https://", "must start with https://"),
        ("PAYPAL_URL", "http://127.0.0.1:9000", "simulateur", "simulator"),
        ("PAYPAL_URL", "https://localhost", "simulateur", "simulator"),
        ("DEMO_PASSWORD", "portail-demo", "comptes de démonstration", "demo accounts"),
        ("TEST_CLOCK", "1", "l'heure ne se règle pas", "nobody sets the clock"),
        ("MASTER_KEY_FILE", "", "aucune clé n'est inventée", "no key is ever made up"),
        ("LOOKUP_KEY_FILE", "", "aucune clé n'est inventée", "no key is ever made up"),
        ("SEAL_KEY_FILE", "/nowhere/seal", "n'existe pas", "does not exist"),
    ],
)
@pytest.mark.usefixtures("production")
def test_production_refuses_what_is_good_for_a_demo_only(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, french: str, english: str
) -> None:
    monkeypatch.setenv(f"PORTAIL_{name}", value)
    (line,) = refused()
    in_french, in_english = line.split(" / ")
    assert in_french.startswith(f"PORTAIL_{name} ")
    assert french in in_french
    assert in_english.startswith(f"PORTAIL_{name} ")
    assert english in in_english


def test_production_names_every_reason_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAIL_MODE", "production")
    assert [line.split()[0] for line in refused()] == [
        "PORTAIL_SMTP_URL",
        "PORTAIL_MAIL_FROM",
        "PORTAIL_PUBLIC_URL",
        "PORTAIL_MASTER_KEY_FILE",
        "PORTAIL_LOOKUP_KEY_FILE",
        "PORTAIL_SEAL_KEY_FILE",
    ]


def test_a_misspelt_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAIL_DATABSE_URL", "postgresql://somewhere")
    assert "PORTAIL_DATABSE_URL" in refused()[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "99999"),
        ("MODE", "demonstration"),
        ("SMTP_URL", "http://s3cret"),
        ("PUBLIC_URL", "s3cret"),
        ("ALLOWED_HOSTS", "https://s3cret"),
        ("TRUSTED_PROXIES", "s3cret"),
        ("TRUSTED_PROXIES", "0.0.0.0/0"),
        ("SECURITY_CONTACT", "s3cret@example.org"),
    ],
)
def test_a_wrong_value_is_refused_by_name_and_never_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"PORTAIL_{name}", value)
    (line,) = refused()
    assert f"PORTAIL_{name} : valeur refusée" in line
    assert value not in line


def test_every_setting_has_its_line_of_documentation() -> None:
    source = (Path(__file__).parents[2] / "service/settings.py").read_text()
    for name in Settings.model_fields:
        after = source.partition(f"\n    {name}: ")[2].splitlines()[1]
        assert after.strip().startswith('"""'), f"{name} has no docstring"


def test_passwords_are_not_shown() -> None:
    urls: dict[str, Any] = {
        f"{name}database_url": "s3cret" for name in ("", "service_", "queries_", "project_", "sealer_")
    }
    shown = repr(Settings(paypal_secret="s3cret", demo_password="s3cret", redis_url="s3cret", **urls))
    assert "s3cret" not in shown + repr(Settings(eraser_database_url="s3cret"))


def test_the_portal_answers_to_its_public_name_the_machines_own_and_those_that_are_listed(
    production: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {"portail.example.org", "localhost", "127.0.0.1", "::1"}
    assert load().hosts == own
    assert load().proxies == ()
    monkeypatch.setenv("PORTAIL_ALLOWED_HOSTS", "Autre.example.org, 10.0.0.9")
    monkeypatch.setenv("PORTAIL_TRUSTED_PROXIES", "10.0.0.7, 10.1.0.0/16")
    assert load().hosts == own | {"autre.example.org", "10.0.0.9"}
    assert load().proxies == ("10.0.0.7", "10.1.0.0/16")


def test_each_part_connects_in_its_role_with_a_log_in_of_its_own_where_one_is_given() -> None:
    settings = Settings(database_url="postgresql://all@db/p", sealer_database_url="postgresql://seal@db/p")
    told = {role: conninfo_to_dict(settings.database_as(role)) for role in DatabaseRole}
    assert {role: given["user"] for role, given in told.items()} == {
        role: "seal" if role is DatabaseRole.SEALER else "all" for role in DatabaseRole
    }
    assert {role: given["options"] for role, given in told.items()} == {
        role: f"-c role={role}" for role in DatabaseRole
    }


@pytest.mark.rule("FAC-2")
def test_without_a_provider_payments_are_simulated_but_never_in_production(
    production: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not load().simulates_payments
    monkeypatch.delenv("PORTAIL_PAYPAL_URL")
    assert not load().simulates_payments
    for name in production:
        monkeypatch.delenv(name, raising=False)
    assert load().simulates_payments
