"""SQL on who is a student of a phase, wherever a list asks (INS-14, ATT-2)."""

from __future__ import annotations

STILL_STUDENT = """exists (
    select 1 from read.phases_place k join read.dossier_registration d on d.registration = k.registration
    where k.enrolment = t.enrolment and d.state <> 'cancelled')"""
"""An enrolment `t` lasts as long as one of its places is open or followed."""
