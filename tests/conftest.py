"""Fixtures that several test files share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from bigenough.store import Store
from tests.helpers import few_draws

if TYPE_CHECKING:
    from bigenough.reproduction import Reproduction

# the same examples every time, no folder of them, and no limit of time on a busy machine
settings.register_profile("bigenough", derandomize=True, database=None, deadline=None)
settings.load_profile("bigenough")

OF_THE_TINY_STUDY = ("test_browser", "test_figures")
LONGEST = ("test_resume", "test_examples", "test_browser", "test_dask_cluster", "test_figures")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that at the end no process waits for another."""
    items.sort(key=lambda item: item.path.stem not in LONGEST)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:  # noqa: ANN401 - xdist's
    """Keep a file's tests in one process, and those of the tiny study, so that it is made once."""
    from xdist.scheduler import LoadFileScheduling  # type: ignore[import-untyped]

    class ByStudy(LoadFileScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file: str = super()._split_scope(nodeid)
            return "the tiny study" if Path(file).stem in OF_THE_TINY_STUDY else file

    return ByStudy(config, log)


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


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reproduction]:
    """The post's study, made tiny: every system, two sizes, two draws, and few draws for the claims."""
    from bigenough.reproduction import reproduce

    with few_draws():
        yield reproduce(tmp_path_factory.mktemp("tiny"), train_sizes=[10, 20], draws=2, epochs_scale=0.01, jobs=1, device="cpu")
