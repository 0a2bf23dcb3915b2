"""The gap between the networks of 2017 in the reproduction: what is trained, what is said, and that it can be left out."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from bigenough import report
from bigenough.errors import InputError
from bigenough.explaining import Explanation
from bigenough.explanation import choose, explain_runs, make_design, make_lattice, retest
from bigenough.gap_report import gap_section, gaps_to_json
from bigenough.gaps import Gap, explain_gaps, to_the_repair
from bigenough.recipes import recipe_from
from bigenough.registry import FIGURES, MODELS
from bigenough.reproduction import reproduce
from bigenough.store import Store
from bigenough.terminal import print_summary
from bigenough.types import Floats
from tests.helpers import digits, study

A, B = "leek-mlp,hidden=[4],epochs=1", "mlp,hidden=[4],activation=tanh,dropout=0,epochs=1"
WORTH = {"optimizer": 0.15, "decay": 0.08, "activation": 0.004}


def planted(size: int) -> Explanation:
    """An explanation of the two networks whose scores are made by hand."""
    a, b = MODELS["leek-mlp"].recipe, MODELS["mlp"].recipe
    design = make_design(make_lattice(a, b, digits(), size))
    bits = np.array([[mask >> i & 1 for i in range(len(design.lattice.changes))] for mask in design.masks])
    mean = 0.7 + bits @ [WORTH.get(change.name, 0.0) for change in design.lattice.changes]
    mean += 0.06 * bits[:, _at(design.lattice.changes, "optimizer")] * bits[:, _at(design.lattice.changes, "decay")]

    def scores(seed: int) -> Floats:
        rng = np.random.default_rng(seed)
        return mean + rng.normal(0, 0.02, (10, 1)) + rng.normal(0, 0.004, (10, len(mean)))

    explained = explain_runs(design, scores(1))
    repair = choose(explained)
    assert repair is not None
    fresh = scores(2)
    tested = retest(repair, design.lattice, {mask: fresh[:, mask] for mask in repair.masks(design.lattice)})
    asked = study([a, b], train_sizes=[size], draws=10)
    return Explanation(a, b, asked, explained, repair, tested, 0, design.lattice.notes, [])


def _at(changes: object, name: str) -> int:
    return [change.name for change in changes].index(name)  # type: ignore[attr-defined]


def test_from_leek_s_to_its_repair_by_the_hybrids_that_are_there() -> None:
    found = planted(40)
    inner = to_the_repair(found)
    assert inner is not None
    assert {share.change.name for share in inner.shares} == {"optimizer", "decay"}
    by_name = {share.change.name: share.share.estimate for share in inner.shares}
    assert by_name["optimizer"] == pytest.approx(0.15 + 0.03, abs=0.01)
    assert by_name["decay"] == pytest.approx(0.08 + 0.03, abs=0.01)
    assert sum(by_name.values()) == pytest.approx(inner.gap.estimate, abs=1e-12)
    assert found.repair is not None
    column = found.explained.scores[:, found.repair.mask] - found.explained.scores[:, 0]
    assert inner.gap.estimate == pytest.approx(column.mean())


def test_a_report_without_the_gaps_says_how_to_have_them() -> None:
    asked = study(["leek-mlp", "mlp", "leekasso"], draws=2)
    assert report.more(asked, []) == ["MLP (Leek) to MLP"]
    assert report.more(asked, [Gap("leek-mlp", "mlp", {})]) == []
    assert report.more(study(["mlp", "leekasso"], draws=2), []) == []


def test_what_failed_at_a_size_is_said_once_with_its_sizes() -> None:
    found = {n: dataclasses.replace(planted(n), notes=("both", *(["18 of 512 fits failed."] * (n == 40)))) for n in (10, 40)}
    section = gap_section(Gap("leek-mlp", "mlp", found), {})
    assert section.notes == ["both", "n = 40: 18 of 512 fits failed."]


def test_the_section_says_what_was_planted() -> None:
    found = {10: planted(10), 40: planted(40)}
    gap = Gap("leek-mlp", "mlp", found)
    section = gap_section(gap, {"leek-mlp": "MLP (Leek)"})
    assert section.title == "What carries the gap from MLP (Leek) to mlp"
    assert section.trained == "Every hybrid of the two networks was"
    explained = found[10].explained
    design = dataclasses.replace(explained.design, orders=np.array([[0, 1], [1, 0], [0, 1]]))
    sampled = dataclasses.replace(found[10], explained=dataclasses.replace(explained, design=design))
    assert "along 6 sampled orders" in gap_section(Gap("leek-mlp", "mlp", {10: sampled}), {}).trained
    assert section.sentences[1].startswith("n = 40: of +29.")
    assert "optimizer sgd → adam" in section.sentences[1]
    assert "confirmed on fresh draws" in section.sentences[1]
    shares, repairs = section.tables
    updates = next(row for row in shares.rows if row[0] == "updates")
    assert updates[1] == "no difference"  # 200 updates either way
    assert len(repairs.rows) == 2
    assert [plot.stem for plot in section.plots] == [
        f"gap-leek-mlp-mlp-{end}" for end in ("n10-waterfall", "n40-waterfall", "n40-single-steps")
    ]
    for plot in section.plots:
        assert FIGURES[plot.figure](**plot.data).axes
    assert [(entry["from"], entry["to"], entry["size"]) for entry in gaps_to_json([gap])] == [
        ("leek-mlp", "mlp", 10), ("leek-mlp", "mlp", 40)
    ]  # fmt: skip


def test_it_is_trained_only_when_asked_for(tmp_path: Path) -> None:
    import dataclasses

    both = [dataclasses.replace(recipe_from(text), name=text.split(",")[0]) for text in (A, B)]
    asked = study(both, train_sizes=[10], draws=2)
    with Store(tmp_path) as store:
        assert explain_gaps(asked, digits(), store, draws=0) == []
        assert explain_gaps(study(["mlp"], draws=2), digits(), store, draws=2) == []
        assert explain_gaps(asked, digits(), store, draws=2, train=False) == []
        assert store.keys() == set()
        (gap,) = explain_gaps(asked, digits(), store, draws=2)
        assert (gap.a, gap.b, list(gap.by_size)) == ("leek-mlp", "mlp", [10])
        assert gap.by_size[10].explained.draws == 2
        (again,) = explain_gaps(asked, digits(), store, draws=2, train=False)
        np.testing.assert_array_equal(again.by_size[10].explained.scores, gap.by_size[10].explained.scores)


def test_the_terminal_says_what_carries_a_gap(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    done = reproduce(tmp_path, models=["single-pixel"], train_sizes=[10], draws=2, jobs=1)
    assert done.gaps == []
    sentence = "leek-mlp to mlp, n = 10: of +19.4 [+16.3, +22.6] points, " + "optimizer sgd → adam +14.5 [+13.8, +15.2]; " * 3
    print_summary(dataclasses.replace(done, gaps=[sentence.strip()]))
    assert sentence.strip() in capsys.readouterr().out.splitlines()


def test_a_reproduction_without_it_has_no_gaps(tmp_path: Path) -> None:
    reproduce(tmp_path, models=["single-pixel"], train_sizes=[10], draws=2, jobs=1)
    assert json.loads((tmp_path / "summary.json").read_text())["gaps"] == []
    assert "What carries the gap" not in (tmp_path / "report.html").read_text()
    with pytest.raises(InputError, match="explain must be at least 0 draws, got -1"):
        reproduce(tmp_path, models=["single-pixel"], train_sizes=[10], explain=-1)
