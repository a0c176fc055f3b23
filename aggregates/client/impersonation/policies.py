"""How long somebody may stay logged in as a client (DOS-12)."""

from __future__ import annotations

from datetime import timedelta

LONGEST = timedelta(minutes=30)
