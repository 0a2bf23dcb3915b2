"""Why a network does badly, confirmed by changing one thing and training again on the same draws."""

from __future__ import annotations

from bigenough.diagnosis.diagnosis import Diagnosis, diagnose_subject
from bigenough.diagnosis.recorded import STATES, Shares, ended, state_of
from bigenough.diagnosis.subject import Subject, make_subject

__all__ = ["STATES", "Diagnosis", "Shares", "Subject", "diagnose_subject", "ended", "make_subject", "state_of"]
