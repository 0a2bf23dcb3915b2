"""Training logs of other programs: what they hold, as evidence that rules can look at."""

from __future__ import annotations

from bigenough.histories.building import History
from bigenough.histories.reading import from_object, read

__all__ = ["History", "from_object", "read"]
