"""What comes after the log-in before anything else: preferences, a second factor (DOS-2, DOS-7)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Annotated, Any, cast
from uuid import uuid4

import anyio.to_thread
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from aggregates.client.preferences.policies import answers
from aggregates.client.state import CLIENT, Client
from aggregates.kernel import Refused, Role
from commands import http
from commands.access import Principal
from commands.authentication import doorkeeper, session
from commands.clients.choose_preferences import ChoosePreferences
from commands.first_steps import Steps, Waiting, uri_of
from commands.problems import NotLoggedInError
from commands.seen_version import ChangedMeanwhile
from commands.sessions import Session, Step
from portal.form import StaleFormError
from portal.language import later, say, worded
from portal.page import inside, read_as, refusal
from portal.public.sheet import sheet
from processors.runtime.payments.links import qr_code
from projections import catalogue
from schema.store import Loaded

router = APIRouter(include_in_schema=False)
PAGES: Mapping[Step, str] = {
    Step.SECOND_FACTOR: "/second-facteur",
    Step.PREFERENCES: "/preferences",
}
WORDING = "preferences-1"
"""Version of the question in French, kept with the answers."""
CHANNELS = ("telephone", "post", "email")


async def waiting(request: Request) -> Waiting | None:
    """Who logged in and must do something first."""
    token = request.cookies.get(doorkeeper(request).cookie)
    if not token:
        return None
    return await anyio.to_thread.run_sync(steps_of(request).waiting, token)


def steps_of(request: Request) -> Steps:
    """The app's first steps."""
    return cast("Steps", request.app.state.steps)


Found = Annotated[Session | None, Depends(session)]


async def _who(request: Request, found: Session | None, step: Step) -> Waiting:
    """Who must take this step, or comes back to it by themselves. Raises NotLoggedInError."""
    if found is not None and found.principal.user is not None and found.csrf is not None:
        return Waiting(found.principal.user, found.principal.roles, step, found.csrf)
    who = await waiting(request)
    if who is None or who.step is not step:
        raise NotLoggedInError
    return who


async def _typed(request: Request, who: Waiting) -> Mapping[str, str]:
    """The form's fields. Raises StaleFormError."""
    form = await request.form(max_files=0, max_fields=50)
    if not secrets.compare_digest(str(form.get("csrf", "")).encode(), who.csrf.encode()):
        raise StaleFormError
    return {name: str(value) for name, value in form.items()}


async def _done(request: Request, step: Step, target: str) -> Response:
    token = request.cookies[doorkeeper(request).cookie]
    await anyio.to_thread.run_sync(steps_of(request).done, token, step)
    return RedirectResponse(target, 303)


@router.get("/preferences")
async def ask_preferences(request: Request, found: Found) -> Response:
    who = await _who(request, found, Step.PREFERENCES)
    if Role.CLIENT not in who.roles:
        return RedirectResponse("/", 303)
    seen = await _seen(request, who)
    values = _said(found, seen.state) | {"seen_version": str(seen.version or "")}
    return await _preferences(request, who, values)


async def _seen(request: Request, who: Waiting) -> Loaded[Client]:
    """The dossier as it stands: what is shown, and the version that the answer names as seen."""
    return await http.consider(
        request, lambda act: act.load(CLIENT.at(who.user)), _client(who), ChoosePreferences.ALLOWED
    )


def _client(who: Waiting) -> Principal:
    return Principal(who.user, frozenset({Role.CLIENT}), Role.CLIENT)


def _said(found: Session | None, client: Client) -> dict[str, str]:
    """What a client who comes back answered before: at the first log-in nothing is ticked (DOS-2).

    Nor is it for who looks as the client: the pages that show the file say what was answered (DOS-12).
    """
    if found is None or found.principal.user is None or found.principal.behalf is not None:
        return {}
    said = {True: "yes", False: "no"}
    return {channel: said[each] for channel, each in answers(client).items() if each is not None}


async def _preferences(
    request: Request,
    who: Waiting,
    values: Mapping[str, str],
    error: str | None = None,
    refused: Refused | None = None,
) -> HTMLResponse:
    async with request.app.state.reads.connection() as connection:
        school = await catalogue.school(connection)
        await read_as(connection, who.user)
    context = {
        "csrf": who.csrf,
        "values": values,
        "error": error and say(error),
        "policy": school.privacy_policy.link,
        "school": school.name,
        "done": False,
        "refusal": None if refused is None else refusal(refused),
        "seen_version": values.get("seen_version"),
        "next": inside(values.get("next") or request.query_params.get("next", "/")),
    }
    status = 422 if error is not None else 200 if refused is None else 409
    return sheet("public/preferences.html", context, status)


@router.post("/preferences")
async def choose_preferences(request: Request, found: Found) -> Response:
    who = await _who(request, found, Step.PREFERENCES)
    typed = await _typed(request, who)
    if any(typed.get(channel) not in ("yes", "no") for channel in CHANNELS):
        return await _preferences(request, who, typed, later("Répondez oui ou non pour chacun."))
    given = {channel: typed[channel] == "yes" for channel in CHANNELS}
    seen = typed.get("seen_version", "")
    async with request.app.state.reads.connection() as connection:
        await read_as(connection, who.user)
    version = int(seen) if seen.isdecimal() and int(seen) else None
    command = ChoosePreferences(client=who.user, wording=worded(WORDING), seen_version=version, **given)
    try:
        await http.run(request, command, _client(who), uuid4())
    except ChangedMeanwhile as refused:
        newer = {"seen_version": str((await _seen(request, who)).version)}
        return await _preferences(request, who, {**typed, **newer}, refused=refused)
    following = inside(typed.get("next", "/"))
    at_home = following in ("/", "/mon-dossier")
    return await _done(request, Step.PREFERENCES, "/mon-dossier?fait=preferences" if at_home else following)


@router.get("/second-facteur")
async def show_second_factor(request: Request, found: Found) -> Response:
    """Who has one asks an admin for another: a session left open must not replace it."""
    if found is not None and await _has_one(request, found):
        return RedirectResponse("/compte", 303)
    return await _second_factor(request, await _who(request, found, Step.SECOND_FACTOR))


async def _second_factor(request: Request, who: Waiting, error: str | None = None) -> HTMLResponse:
    secret = await anyio.to_thread.run_sync(steps_of(request).wanted_secret, who.user)
    if secret is None:
        raise NotLoggedInError
    async with request.app.state.reads.connection() as connection:
        school = await catalogue.school(connection)
        email = await catalogue.staff_email(connection, who.user)
    uri = uri_of(secret, email or school.name, school.name)
    context: dict[str, Any] = {
        "csrf": who.csrf,
        "secret": " ".join(secret[n : n + 4] for n in range(0, len(secret), 4)),
        "uri": uri,
        "qr": Markup(qr_code(uri)),  # noqa: S704  (made of a secret of ours)
        "error": error,
    }
    return sheet("public/second_factor.html", context, 200 if error is None else 422)


@router.post("/second-facteur")
async def prove_second_factor(request: Request, found: Found) -> Response:
    if found is not None and await _has_one(request, found):
        return RedirectResponse("/compte", 303)
    who = await _who(request, found, Step.SECOND_FACTOR)
    code = (await _typed(request, who)).get("code", "").replace(" ", "")
    if not await anyio.to_thread.run_sync(steps_of(request).prove, who.user, code):
        return await _second_factor(request, who, say("Ce n’est pas le code affiché en ce moment."))
    return await _done(request, Step.SECOND_FACTOR, "/compte?fait=second_factor")


async def _has_one(request: Request, found: Session) -> bool:
    user = found.principal.user
    return user is not None and await anyio.to_thread.run_sync(steps_of(request).has_second_factor, user)
