"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from bigenough.store import Store


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Keep torch to one thread, as every fit of a study is."""
    from bigenough.execute import one_thread as limit

    with limit():
        yield


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty study file, open."""
    with Store(tmp_path / "study") as opened:
        yield opened
