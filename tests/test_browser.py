"""Both reports as people see them: in Chromium, wide and narrow, light and dark, and printed."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

import bigenough
from bigenough.reproduction import Reproduction

WIDTHS = [1280, 390]
MOST_BYTES = 2_000_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    assert path, "these tests need Debian's chromium, which `make test` installs"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory, tiny: Reproduction) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    bigenough.study(
        "wine", models=["majority", "logistic", "lda", "knn", "relu-mlp"], train_sizes=[12, 40], draws=3, jobs=1,
        out=folder / "study",
    )  # fmt: skip
    return {"study": folder / "study" / "report.html", "post": tiny.directory / "report.html"}


@pytest.fixture(params=["study", "post"])
def report(request: pytest.FixtureRequest, reports: dict[str, Path]) -> Path:
    return reports[request.param]


def opened(browser: Browser, report: Path, width: int, scheme: Any = "light") -> tuple[Page, list[str], list[str]]:  # noqa: ANN401 - a literal of playwright's
    """Open a page; also what its console complained of, and what it asked of the network."""
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)
    said, asked = list[str](), list[str]()
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(report.as_uri())
    return page, said, asked


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_opens_whole_and_alone(browser: Browser, report: Path, width: int, scheme: str) -> None:
    page, said, asked = opened(browser, report, width, scheme)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [report.as_uri()]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow == 0, "the page itself never scrolls sideways; wide figures and tables do, each by itself"
    images = page.locator("img")
    assert images.count() >= 3
    for i in range(images.count()):
        image = images.nth(i)
        assert image.evaluate("e => e.complete && e.naturalWidth > 0")
        assert len(image.get_attribute("alt") or "") > 20
        image.scroll_into_view_if_needed()
        assert image.is_visible()
        box = image.bounding_box()
        assert box is not None
        assert box["width"] >= min(320, width - 60)
        assert box["height"] >= 100
        assert 0 <= box["x"] < width
    page.close()


def test_the_answer_and_its_figure_are_seen_without_scrolling(browser: Browser, report: Path) -> None:
    page, _, _ = opened(browser, report, 1280)
    for what in (".answer", "img"):
        box = page.locator(what).first.bounding_box()
        assert box is not None
        assert box["y"] < 900
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(browser: Browser, report: Path, scheme: str) -> None:
    """WCAG 2.1's contrast of at least 4.5 to 1."""
    page, _, _ = opened(browser, report, 1280, scheme)
    for element in ("p.dim", ".answer", "td", "figcaption", "h2"):
        ratio = page.locator(element).first.evaluate(
            """e => {
              const light = c => { const v = c.match(/[\\d.]+/g).slice(0, 3).map(x => x / 255)
                .map(x => x <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
                return 0.2126 * v[0] + 0.7152 * v[1] + 0.0722 * v[2]; };
              let ground = e; while (/, 0\\)$/.test(getComputedStyle(ground).backgroundColor) && ground.parentElement)
                ground = ground.parentElement;
              const [a, b] = [light(getComputedStyle(e).color), light(getComputedStyle(ground).backgroundColor)];
              return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05); }"""
        )
        assert ratio >= 4.5, element
    page.close()


def test_prints_within_the_paper(browser: Browser, report: Path) -> None:
    page, _, _ = opened(browser, report, 1280, "dark")
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 718, "height": 1040})  # A4 at 96 points an inch, less its margins
    for selector in ("img", "table"):
        for box in page.locator(selector).evaluate_all("all => all.map(e => e.getBoundingClientRect().toJSON())"):
            assert box["right"] <= 719, f"a {selector} is cut off by the paper's edge"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert len(page.pdf(format="A4")) > 10_000
    page.close()


def test_is_small(report: Path) -> None:
    assert report.stat().st_size < MOST_BYTES
