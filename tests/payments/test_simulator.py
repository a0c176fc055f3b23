"""The simulator as `portail run` starts it: a process of its own, whose account outlives it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

import httpx2
import pytest

from processors.runtime.payments.answers import ProviderRefusedError, ProviderTroubleError
from processors.runtime.payments.paypal import Account, PayPal
from service.provider import WEBHOOK_ID
from tests.support.paying import cad

ROOT = Path(__file__).parents[2]


def environment(database: str, redis_url: str, data_dir: Path, **more: str) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    own = {name: value for name, value in os.environ.items() if not name.startswith("PORTAIL_")}
    return own | {
        "PORTAIL_DATABASE_URL": database,
        "PORTAIL_REDIS_URL": redis_url,
        "PORTAIL_DATA_DIR": str(data_dir),
        "PORTAIL_PAYPAL_CLIENT": "ecole",
        "PORTAIL_PAYPAL_SECRET": "s3cret",
        "PORTAIL_PROVIDER_PORT": str(port),
        **more,
    }


@contextmanager
def running(given: Mapping[str, str]) -> Iterator[PayPal]:
    address = f"http://127.0.0.1:{given['PORTAIL_PROVIDER_PORT']}"
    command = [sys.executable, "-m", "service", "provider"]
    process = subprocess.Popen(command, cwd=ROOT, env=dict(given))
    try:
        limit = time.monotonic() + 90
        while True:
            try:
                httpx2.get(f"{address}/health", timeout=1)
                break
            except httpx2.HTTPError:
                assert process.poll() is None
                assert time.monotonic() < limit
                time.sleep(0.05)
        with PayPal(Account(address, "ecole", "s3cret", WEBHOOK_ID)) as provider:
            yield provider
    finally:
        process.kill()
        process.wait(10)


@pytest.mark.rule("FAC-2")
def test_it_takes_orders_and_remembers_them_after_it_was_killed(
    database: str, redis_url: str, tmp_path: Path
) -> None:
    given = environment(database, redis_url, tmp_path)
    request = uuid4()
    with running(given) as provider:
        made = provider.create_order(request, cad(4_000), "http://localhost:8000/payer/retour/x", "Ateliers")
        assert (made.amount, made.ours, made.status) == (cad(4_000), request.hex, "PAYER_ACTION_REQUIRED")
        assert made.approve_url is not None
        page = httpx2.get(made.approve_url)
        assert "Payer" in page.text
        assert "Annuler" in page.text
        with pytest.raises(ProviderRefusedError, match="ORDER_NOT_APPROVED"):
            provider.capture(request, made.id)
        assert httpx2.post(f"{made.approve_url.replace('/payer/', '/test/approve/')}").status_code == 404
        assert httpx2.post(made.approve_url, data={"act": "pay"}).status_code == 303
    with running(given) as provider:
        assert provider.order(made.id).status == "APPROVED"
        taken = provider.capture(request, made.id).captures
        assert [c.amount for c in taken] == [cad(4_000)]
    gone = Account(f"http://127.0.0.1:{given['PORTAIL_PROVIDER_PORT']}", "ecole", "s3cret", WEBHOOK_ID)
    with PayPal(gone) as nobody, pytest.raises(ProviderTroubleError):
        nobody.order(made.id)


@pytest.mark.rule("FAC-2")
def test_production_has_no_simulator(database: str, redis_url: str, tmp_path: Path) -> None:
    keys = {}
    for name in ("MASTER", "LOOKUP", "SEAL"):
        (tmp_path / name).write_text("00" * 32)
        keys[f"PORTAIL_{name}_KEY_FILE"] = str(tmp_path / name)
    given = environment(
        database,
        redis_url,
        tmp_path,
        PORTAIL_MODE="production",
        PORTAIL_PUBLIC_URL="https://portail.example.org",
        PORTAIL_SMTP_URL="smtps://mail.example.org",
        PORTAIL_MAIL_FROM="ecole@example.org",
        **keys,
    )
    command = [sys.executable, "-m", "service", "provider"]
    ended = subprocess.run(command, cwd=ROOT, env=given, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1
    assert "Pas de paiement simulé en production." in ended.stderr
