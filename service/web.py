"""The web application, assembled from the parts of bootstrap.py."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import anyio.to_thread
import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.staticfiles import StaticFiles
from psycopg_pool import AsyncConnectionPool
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from commands import documents as commands_documents, files as commands_files, http as commands_http
from commands.access import Allowed
from commands.authentication import Doorkeeper
from commands.first_steps import Steps
from commands.own_account import OwnAccount
from commands.problems import language_of
from portal import errors
from portal.client import (
    basket,
    change_registration as change_own_registration,
    documents as own_documents,
    leave,
    my_file,
    own_data,
    phase_in_basket,
    profile as own_profile,
)
from portal.guard import HEALTH, Guard
from portal.public import (
    access_link,
    account,
    activities,
    api,
    calendar_feed,
    dates,
    export,
    files,
    first_steps,
    help as public_help,
    invoice,
    log_in,
    offer,
    password_forgotten,
    pay,
    payment_notices,
    proof,
    sign_up,
    terms,
    unsubscribe,
    whom_to_tell,
)
from portal.staff import (
    access_trail as staff_access_trail,
    accounting,
    add_followed,
    as_of as staff_as_of,
    audiences as staff_audiences,
    calendar as staff_calendar,
    calls,
    cases as staff_cases,
    catalogue as staff_catalogue,
    caught_mails,
    change_catalogue,
    change_dossier,
    change_registration,
    change_to_phase,
    change_workshop,
    closing,
    compose_mailing as staff_compose_mailing,
    correct_invoice,
    create_dossier,
    deposits,
    differences,
    dossier,
    dossier_documents,
    dossier_export,
    dossiers,
    duplicates,
    expenses,
    histories as staff_histories,
    home,
    invoice as staff_invoice,
    invoices as staff_invoices,
    joint_announcement,
    ledger as staff_ledger,
    log_in_as,
    mailings as staff_mailings,
    merge_dossiers,
    missing_places,
    operations as staff_operations,
    pay_link,
    plan_workshop,
    register_client,
    register_phase,
    remove_dossier,
    restore_dossier,
    returned_mail,
    roster,
    search as staff_search,
    second_dossier,
    settings as staff_settings,
    team,
    templates as staff_templates,
    to_dos as staff_to_dos,
    to_schedule,
    trainer_note,
    workshops,
    write_to_client as staff_write_to_client,
    write_to_roster as staff_write_to_roster,
)
from processors.runtime.bounces import Bounces
from processors.runtime.links import Links
from processors.runtime.payments.paypal import PayPal
from read_api import (
    access_trail as api_access_trail,
    as_of as api_as_of,
    audiences as api_audiences,
    catalogue as api_catalogue,
    communications as api_communications,
    documents as api_documents,
    documents_of_client as api_documents_of_client,
    dossier as api_dossier,
    duplicates as api_duplicates,
    fec,
    histories as api_histories,
    invoices as api_invoices,
    ledger as api_ledger,
    mailings as api_mailings,
    operations as api_operations,
    quote as api_quote,
    roster as api_roster,
    statement as api_statement,
    templates as api_templates,
    to_dos as api_to_dos,
    to_schedule as api_to_schedule,
    workshop_dates as api_workshop_dates,
)
from read_api.queries import QUERIES
from schema.database_roles import DatabaseRole
from schema.files import Files
from schema.labels import Language
from schema.pools import query_pool
from service import openapi, test_door
from service.bootstrap import (
    COMMANDS,
    DISPATCH_THREADS,
    WriteSide,
    vault_of,
    write_side,
)
from service.paying import payment_provider
from service.post_office import bounces
from service.wakeup import Wakeup

if TYPE_CHECKING:
    from service.settings import Settings

ROUTERS: tuple[APIRouter, ...] = (
    commands_http.routes(COMMANDS),
    commands_files.router,
    commands_documents.router,
    api_workshop_dates.router,
    api_roster.router,
    api_statement.router,
    api_to_dos.router,
    api_to_schedule.router,
    api_ledger.router,
    fec.router,
    api_dossier.router,
    api_quote.router,
    api_communications.router,
    api_invoices.router,
    api_documents.router,
    api_documents_of_client.router,
    api_duplicates.router,
    api_histories.router,
    api_access_trail.router,
    api_as_of.router,
    api_catalogue.router,
    api_templates.router,
    api_audiences.router,
    api_mailings.router,
    api_operations.router,
    api.router,
    payment_notices.router,
    pay.router,
    log_in.router,
    unsubscribe.router,
    dates.router,
    activities.router,
    terms.router,
    calendar_feed.router,
    offer.router,
    invoice.router,
    sign_up.router,
    public_help.router,
    password_forgotten.router,
    access_link.router,
    first_steps.router,
    account.router,
    files.router,
    proof.router,
    export.router,
    my_file.router,
    own_profile.router,
    own_documents.router,
    own_data.router,
    leave.router,
    basket.router,
    phase_in_basket.router,
    change_own_registration.router,
    home.router,
    staff_search.router,
    staff_to_dos.router,
    accounting.router,
    staff_catalogue.router,
    change_catalogue.router,
    staff_templates.router,
    staff_settings.router,
    staff_cases.router,
    deposits.router,
    differences.router,
    staff_invoices.router,
    staff_invoice.router,
    correct_invoice.router,
    staff_ledger.router,
    staff_histories.router,
    staff_as_of.router,
    staff_access_trail.router,
    staff_operations.router,
    workshops.router,
    staff_calendar.router,
    plan_workshop.router,
    roster.router,
    trainer_note.router,
    calls.router,
    closing.router,
    expenses.router,
    change_workshop.router,
    dossiers.router,
    create_dossier.router,
    dossier.router,
    change_dossier.router,
    dossier_documents.router,
    dossier_export.router,
    duplicates.router,
    log_in_as.router,
    merge_dossiers.router,
    returned_mail.router,
    remove_dossier.router,
    restore_dossier.router,
    second_dossier.router,
    register_client.router,
    register_phase.router,
    change_to_phase.router,
    missing_places.router,
    add_followed.router,
    change_registration.router,
    to_schedule.router,
    pay_link.router,
    staff_audiences.router,
    staff_compose_mailing.router,
    joint_announcement.router,
    staff_write_to_roster.router,
    staff_write_to_client.router,
    staff_mailings.router,
    team.router,
    caught_mails.router,
)
"""All that answer, the test door apart, in the order their paths are tried."""
_STATIC = Path(__file__).parents[1] / "portal" / "static"


def assemble(
    side: WriteSide,
    reads: AsyncConnectionPool[Any],
    *,
    secure: bool,
    settable_clock: bool,
    mails_dir: Path,
    public_url: str = "http://localhost",
    hosts: Collection[str] | None = None,
    proxies: Sequence[str] = (),
    security_contact: str = "",
    provider: PayPal | None = None,
    returned: Bounces | None = None,
) -> FastAPI:
    """The application on an open write side; opens and closes the read pool itself.

    It answers to these hosts, None: to any; what `proxies` (addresses, networks) say of visitors is believed.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with reads:
            app.state.dispatch_limiter = anyio.CapacityLimiter(DISPATCH_THREADS)
            yield

    # Not include_router: what it is given, a process makes ready at its first request, which waits 0.3 s.
    ready = [route for router in ROUTERS for route in router.routes]
    app = FastAPI(title="Portail", lifespan=lifespan, openapi_url=None, routes=ready)
    app.state.dispatcher = side.dispatcher
    app.state.store = side.store
    app.state.files = Files(side.pool, side.store.vault)
    app.state.links = Links(side.store.vault, public_url, pays=provider is not None)
    app.state.openapi = _openapi
    app.state.sessions = side.sessions
    app.state.door = side.door
    app.state.steps = Steps(side.sessions)
    app.state.own_account = OwnAccount(side.sessions)
    app.state.clock = side.clock
    app.state.reads = reads
    app.state.mails_dir = mails_dir
    app.state.public_url = public_url
    app.state.provider = provider
    app.state.pool = side.pool
    app.state.returned = returned or Bounces(
        side.pool, side.store, return_paths=None, sender="", clock=side.clock
    )
    app.state.role_table = _role_table()
    app.state.doorkeeper = Doorkeeper(side.sessions, reads, secure)
    _guard(app, secure=secure, hosts=hosts, proxies=proxies)
    errors.install(app)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    app.add_api_route(HEALTH, health, include_in_schema=False)
    if security_contact:
        app.state.security_contact = security_contact
        app.add_api_route(whom_to_tell.PATH, whom_to_tell.said, include_in_schema=False)
    if settable_clock:
        app.router.routes.extend(test_door.router.routes)
    app.add_api_route("/openapi.json", described, include_in_schema=False)
    return app


def _role_table() -> dict[str, Allowed]:
    commands = {command.verb_noun(): command.ALLOWED for command in COMMANDS}
    return {**commands, **QUERIES, "upload-file": commands_files.UPLOAD_FILES}


def _guard(app: FastAPI, *, secure: bool, hosts: Collection[str] | None, proxies: Sequence[str]) -> None:
    app.add_middleware(Guard, secure=secure, hosts=hosts)
    if proxies:  # outside the guard: it sees the visitor
        app.add_middleware(ProxyHeadersMiddleware, trusted_hosts=list(proxies))


async def described(request: Request) -> Response:
    """The OpenAPI file in the asker's language."""
    made = await anyio.to_thread.run_sync(_openapi, language_of(request))
    return Response(orjson.dumps(made), media_type="application/json", headers={"Vary": "Accept-Language"})


@cache
def _openapi(language: Language) -> openapi.Json:
    return openapi.document(ROUTERS, language)


async def health() -> Response:
    """The process answers; needs no database and no thread."""
    return Response(b"ok", media_type="text/plain")


@contextmanager
def web_app(settings: Settings) -> Iterator[FastAPI]:
    """The application of these settings, on open pools."""
    wake = Wakeup(settings.redis_url)
    try:
        with (
            payment_provider(settings) as provider,
            write_side(
                settings.database_as(DatabaseRole.SERVICE),
                vault_of(settings),
                wake,
                settable_clock=settings.test_clock,
            ) as side,
        ):
            yield assemble(
                side,
                query_pool(settings.database_as(DatabaseRole.QUERIES), DISPATCH_THREADS),
                secure=settings.public_url.startswith("https://"),
                settable_clock=settings.test_clock,
                mails_dir=settings.mails_dir,
                public_url=settings.public_url,
                hosts=settings.hosts,
                proxies=settings.proxies,
                security_contact=settings.security_contact,
                returned=bounces(settings, side),
                provider=provider,
            )
    finally:
        wake.close()
