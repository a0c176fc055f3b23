"""The doors that acceptance tests come in by: the one clock and the caught mails; never in production."""

from __future__ import annotations

from typing import Annotated, cast

import anyio.to_thread
from fastapi import APIRouter, Depends, Request, Response
from pydantic import AwareDatetime, BaseModel

from aggregates.kernel import Role
from commands.access import anyone
from commands.authentication import Asker, allowed
from schema.clock import ShiftedClock

router = APIRouter(prefix="/api/test", tags=["test"])
ADMIN = anyone(Role.ADMIN)


class ClockSetting(BaseModel):
    """The instant the school's clock shows."""

    now: AwareDatetime


def _clock(request: Request) -> ShiftedClock:
    return cast("ShiftedClock", request.app.state.clock)


@router.get("/clock")
async def read_clock(request: Request, _: Annotated[Asker, Depends(allowed(ADMIN))]) -> ClockSetting:
    """The instant the clock shows."""
    return ClockSetting(now=await anyio.to_thread.run_sync(_clock(request)))


@router.put("/clock")
async def set_clock(
    request: Request, setting: ClockSetting, _: Annotated[Asker, Depends(allowed(ADMIN))]
) -> Response:
    """Set it; it ticks on from there."""
    await anyio.to_thread.run_sync(_clock(request).set, setting.now)
    return Response(status_code=204)
