"""Data of one's own: every kind of file gives the same rows, and every mistake gets one line."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.typing import NDArray
from PIL import Image

import bigenough
from bigenough.errors import BigenoughError, InputError
from bigenough.models.inputs import prepare
from bigenough.own_data import make_own_study, with_test
from bigenough.running import plan
from bigenough.sources import from_arrays, load
from bigenough.sources.columns import tidy
from bigenough.sources.reading import plain_numbers_at_once
from bigenough.types import Dataset, Draw


def table(n: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    age = rng.normal(50, 10, n).round(1)
    age[3] = np.nan
    return pd.DataFrame(
        {
            "age": age, "sex": rng.choice(["f", "m"], n), "dose": rng.integers(1, 5, n) + rng.random(n).round(2),
            "seen": pd.date_range("2024-01-01", periods=n, freq="36h").strftime("%Y-%m-%d"),
            "outcome": np.where(rng.random(n) < 0.5, "ill", "well"),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("texts", "decimal_comma", "expected"),
    [
        (["1,5", "2", "0,25"], True, [1.5, 2, 0.25]),
        (["1.234,5", "2.000", "7,25", "-3,5e2"], True, [1234.5, 2000, 7.25, -350]),
        (["1,234.56", "999.50", "12,000.00"], True, [1234.56, 999.5, 12000]),
        (["1,234.56", "999.50", "12,000.00"], False, [1234.56, 999.5, 12000]),
        (["1,234", "999", "12,000"], False, [1234, 999, 12000]),
        (["1,234", "0,5", "12,000"], True, [1.234, 0.5, 12]),
    ],
)
def test_marks_in_numbers_are_read_as_they_are_meant(texts: list[str], decimal_comma: bool, expected: list[float]) -> None:
    notes: list[str] = []
    read = tidy(pd.Series(texts), "column 'a'", decimal_comma=decimal_comma, note=notes.append).values
    np.testing.assert_array_equal(read, expected)
    assert notes == []


@pytest.mark.parametrize(
    ("texts", "decimal_comma", "expected", "says"),
    [
        (
            ["1,234", "999", "12,000"],
            True,
            [1.234, 999, 12],
            "commas of column 'a', as in '1,234', may stand before decimals or",
        ),
        (["1.234", "999", "12.000"], True, [1.234, 999, 12], "dots of column 'a', as in '1.234', may stand before decimals or"),
        (["8,04", "5,5", "7"], False, [8.04, 5.5, 7], "commas of column 'a', as in '8,04', were read as decimal"),
    ],
)
def test_a_mark_that_may_be_either_is_said(texts: list[str], decimal_comma: bool, expected: list[float], says: str) -> None:
    notes: list[str] = []
    read = tidy(pd.Series(texts), "column 'a'", decimal_comma=decimal_comma, note=notes.append).values
    np.testing.assert_array_equal(read, expected)
    assert says in notes[0]
    assert len(notes) == 1


def test_no_mark_is_dropped_from_numbers_of_two_kinds() -> None:
    with pytest.raises(BigenoughError, match="a value that is none of these: '1,5' in row 12"):
        tidy(pd.Series([f"{i}.5" for i in range(11)] + ["1,5"]), "column 'a'", decimal_comma=True)


@pytest.mark.parametrize(
    ("texts", "expected", "says"),
    [
        (["17,9 mm", "NA", "3 mm"], [17.9, np.nan, 3], "have the unit 'mm', as in '17,9 mm'; read as numbers"),
        (["12 %", "-3%"], [12, -3], "have the unit '%', as in '12 %'; read as numbers"),
        (["-$1,200.50", "$ 7"], [-1200.5, 7], "have the unit '$', as in '-$1,200.50'; read as numbers"),
        (["\u22121,5 mm", "2,5 mm"], [-1.5, 2.5], "have the unit 'mm'"),
        (["CHF 7", "CHF 2,000"], [7, 2000], "have the unit 'CHF'"),
        (["22.5 kg/m^2", "\u22123 kg/m^2"], [22.5, -3], "have the unit 'kg/m^2'"),
        (["2,000 g", "1,000 g"], [2, 1], "commas of column 'a', as in '2,000', may stand before decimals or between thousands"),
        (["5 mg", "1 g", "7 mg", "2 g"], ["5 mg", "1 g", "7 mg", "2 g"], "is read as text, though 100% of it are numbers"),
        (["5 mm", "1", "7 mm", "2"], ["5 mm", "1", "7 mm", "2"], "is read as text, though 100% of it are numbers"),
    ],
)
def test_numbers_with_a_unit(texts: list[str], expected: list[Any], says: str) -> None:
    notes: list[str] = []
    read = tidy(pd.Series(texts), "column 'a'", decimal_comma="," in texts[0][:3], note=notes.append).values
    assert list(read.astype("float64" if isinstance(expected[0], float | int) else "str").fillna(-99)) == [
        -99 if value is np.nan else value for value in expected
    ]
    assert any(says in note for note in notes), notes


@pytest.mark.parametrize(
    ("unit", "says"), [("cm", "has the unit 'cm', and the unit 'mm' in"), ("", "has no unit, and the unit 'mm'")]
)
def test_a_test_set_has_the_same_units(unit: str, says: str, tmp_path: Path) -> None:
    for name, mark in (("train", "mm"), ("test", unit), ("same", "mm")):
        lines = [f"{i % 9}.5 {mark},{'ab'[i % 2]}" for i in range(40 if name != "same" else 2)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["u,y", *lines]))
    train = bigenough.load(str(tmp_path / "train.csv"), target="y")
    assert train.units == {"u": "mm"}
    same = bigenough.load(str(tmp_path / "same.csv"), target="y", like=train)
    both: Any = with_test(train, same)
    assert list(both.X["u"][-2:]) == [0.5, 1.5]
    with pytest.raises(BigenoughError, match=says):
        bigenough.load(str(tmp_path / "test.csv"), target="y", like=train)


def test_one_unit_and_no_numbers_is_text() -> None:
    for texts in (["1.0.1b", "1.0.2b", "1.2.0b"], ["1,5 mm", "2.5 mm", "3.5 mm"]):
        assert list(tidy(pd.Series(texts), "column 'a'").values) == texts


def test_a_person_s_own_attributes_are_no_units() -> None:
    frame = pd.DataFrame({"a": np.arange(30) % 7 + 0.5})
    frame.attrs = {"unit": "kg"}
    assert bigenough.sources.from_arrays(frame, ["x", "y"] * 15).units == {}


def test_a_stray_return_is_an_error_in_one_line(tmp_path: Path) -> None:
    lines = "".join(f"{i}.5,{i % 7}.5,{'ab'[i % 2]}\n" for i in range(40))
    (tmp_path / "t.csv").write_bytes(f"u,w,y\n{lines}1.5,2.5,\rx\n".encode())
    with pytest.raises(BigenoughError, match="'x' in row 42"):
        bigenough.load(str(tmp_path / "t.csv"), target="y")


def test_what_is_text_in_training_is_text_in_a_test_set(tmp_path: Path) -> None:
    for name, odd in (("train", 4), ("test", 20)):
        lines = [f"{'large' if i % odd == 0 else f'{8 + 4 * (i % 3)} oz'},{i % 7},{'ab'[i % 2]}" for i in range(40)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["s,u,y", *lines]))
    train = bigenough.load(str(tmp_path / "train.csv"), target="y")
    both: Any = with_test(train, bigenough.load(str(tmp_path / "test.csv"), target="y", like=train))
    assert list(both.X["s"][-2:]) == ["16 oz", "8 oz"]


def test_names_that_begin_with_a_number_are_no_numbers() -> None:
    notes: list[str] = []
    texts = ["4WD"] * 30 + ["front"]
    assert list(tidy(pd.Series(texts), "column 'a'", note=notes.append).values) == texts
    streets = [f"{i} {name} road" for i, name in enumerate("abcdefghij")]
    assert list(tidy(pd.Series(streets), "column 'a'", note=notes.append).values) == streets
    assert notes == []


@pytest.mark.parametrize("stray", ["unknown", "1 cm"])
def test_a_value_without_the_others_unit_is_pointed_out(stray: str) -> None:
    texts = [f"{i}.5 mm" for i in range(20)]
    with pytest.raises(
        BigenoughError, match=rf"numbers with the unit 'mm', and a value that is none of these: '{stray}' in row 4;"
    ):
        tidy(pd.Series([*texts[:3], stray, *texts[3:]]), "column 'a'")


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ([2], "Row 3 has fewer values than there are columns; it was read as if the last ones were missing."),
        ([2, 5], "Rows 3 and 6 have fewer values"),
        ([2, 5, 6, 9, 11], "Rows 3, 6, 7 and 2 more have fewer values"),
        ([], None),
    ],
)
def test_rows_that_are_too_short_are_named(broken: list[int], says: str | None, tmp_path: Path) -> None:
    lines = [f"{i}.5,{i % 7},{'' if i == 20 else 'ab'[i % 2]}" if i not in broken else f"{i}.5,3" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["u,v,y", "", *lines]))
    notes = bigenough.load(str(tmp_path / "t.csv"), target="y").notes
    assert [note for note in notes if "fewer values" in note] == [note for note in notes if says and note.startswith(says)]
    assert any("no label" in note for note in notes)
    assert says is None or notes[0].startswith(says)


def test_a_delimiter_at_the_first_line_s_end_makes_no_row_short(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n".join(["u,v,y,", *(f"{i % 5},{i % 7}.5,{'ab'[i % 2]}" for i in range(40))]))
    data = bigenough.load(str(tmp_path / "t.csv"), target="y")
    assert not any("fewer" in note for note in data.notes)
    assert data.n_features == 2


def test_what_is_missing_in_training_is_missing_in_a_test_set(tmp_path: Path) -> None:
    for name, rest in (("train", ["red,1,a", "blue,2,b"] * 20), ("test", ["NA,1,a", "3,2,b", " red,1,a"])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["s,u,y", *rest]))
    train = bigenough.load(str(tmp_path / "train.csv"), target="y")
    test: Any = bigenough.load(str(tmp_path / "test.csv"), target="y", like=train)
    assert test.X["s"].isna().tolist() == [True, False, False]
    assert test.X["s"].tolist()[1:] == ["3", "red"]


def test_a_header_without_a_name_for_the_first_column_is_said(tmp_path: Path) -> None:
    lines = [f"{i % 5},{i % 7}.5,{i % 3},{'ab'[i % 2]}" for i in range(40)]
    (tmp_path / "t.csv").write_text("\n".join(["u,v,y", *lines, " "]))
    notes = bigenough.load(str(tmp_path / "t.csv"), target="y").notes
    assert notes[0].startswith("The first line has one name less than the rows have values; the first column")
    assert not any("fewer" in note for note in notes)


def test_a_row_that_is_too_short_is_named_with_what_it_breaks(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n".join(["u,v,y", *(f"{i},{i % 7}.5,{'ab'[i % 2]}" for i in range(40)), "1,a"]))
    with pytest.raises(
        BigenoughError, match=r"a value that is none of these: 'a' in row 41; .*\. Row 41 has fewer values than"
    ):
        bigenough.load(str(tmp_path / "t.csv"), target="y")


WRITERS: dict[str, Callable[[pd.DataFrame, Path], object]] = {
    "t.csv": lambda f, p: f.to_csv(p, index=False),
    "t.tsv": lambda f, p: f.to_csv(p, index=False, sep="\t"),
    "t.csv.gz": lambda f, p: p.write_bytes(gzip.compress(f.to_csv(index=False).encode())),
    "t.parquet": lambda f, p: f.to_parquet(p),
    "t.feather": lambda f, p: f.to_feather(p),
    "t.xlsx": lambda f, p: f.to_excel(p, index=False),
}


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_kind_of_table_gives_the_same_rows(name: str, tmp_path: Path) -> None:
    frame = table()
    WRITERS[name](frame, tmp_path / name)
    data = bigenough.load(str(tmp_path / name), target="outcome")
    assert data.classes == ("ill", "well")
    np.testing.assert_array_equal(np.array(data.classes)[data.y], frame["outcome"])
    rows = np.arange(len(frame))
    inputs = prepare(data, Draw(20, 0, 0, rows[:20], rows[20:30], rows[30:]))
    assert np.isfinite(np.vstack([inputs.train, inputs.convergence, inputs.test])).all()
    assert any("age" in column for column in inputs.names)


def test_what_is_learnt_comes_from_training_rows_only(tmp_path: Path) -> None:
    frame = table()
    other = frame.copy()
    other.loc[30:, "age"], other.loc[30:, "sex"] = 1e6, "unheard of"
    rows = np.arange(40)
    draw = Draw(20, 0, 0, rows[:20], rows[20:30], rows[30:])
    parts = []
    for name, each in (("a.csv", frame), ("b.csv", other)):
        each.to_csv(tmp_path / name, index=False)
        parts.append(prepare(bigenough.load(str(tmp_path / name), target="outcome"), draw))
    assert parts[0].names == parts[1].names
    np.testing.assert_array_equal(parts[0].train, parts[1].train)
    np.testing.assert_array_equal(parts[0].convergence, parts[1].convergence)


def images(folder: Path) -> None:
    rng = np.random.default_rng(0)
    for label, side in (("cat", 12), ("dog", 12)):
        (folder / label).mkdir(parents=True)
        for i in range(6):
            size = side if i else side + 4
            Image.fromarray(rng.integers(0, 255, (size, size), np.uint8)).save(folder / label / f"{i}.png")


def test_labels_that_are_names_of_things_are_refused_without_a_library_s_warning() -> None:
    X = np.column_stack([np.arange(60.0) // 2, np.random.default_rng(0).normal(size=60)])  # one column tells the label
    with pytest.raises(BigenoughError, match="every class needs at least"):
        bigenough.study(X, [f"P{i // 2:03}" for i in range(60)], models=["majority"], draws=2, jobs=1)


def test_figures_of_a_study_are_no_images_of_a_class(tmp_path: Path) -> None:
    images(tmp_path / "pets")
    for inside in (tmp_path / "pets", tmp_path / "pets" / "out"):
        with pytest.raises(BigenoughError, match="where its figures would be taken for images of a class; give another --out"):
            bigenough.study(tmp_path / "pets", models=["majority"], draws=2, jobs=1, out=inside)
    images(tmp_path / "others")
    with pytest.raises(BigenoughError, match="others, where its figures would be taken"):
        bigenough.study(
            tmp_path / "pets", test=tmp_path / "others", models=["majority"], draws=2, jobs=1, out=tmp_path / "others" / "out"
        )
    assert {path.name for path in (tmp_path / "pets").iterdir()} == {"cat", "dog"}
    assert {path.name for path in (tmp_path / "others").iterdir()} == {"cat", "dog"}
    (tmp_path / "pets" / "study.sqlite").touch()
    with pytest.raises(BigenoughError, match="pets holds a study of bigenough's, whose figures would be a class"):
        bigenough.load(tmp_path / "pets")


def test_images_of_one_folder_inside_a_class_s_stay_together_where_that_is_asked_for(tmp_path: Path) -> None:
    images(tmp_path / "flat")
    rng = np.random.default_rng(1)
    for label, patients in (("ill", "abcdef"), ("well", "fghijkl")):  # f has images of both
        for patient in patients:
            (tmp_path / "cells" / label / patient / "day 2").mkdir(parents=True)
            for place in ("", "day 2"):
                picture = Image.fromarray(rng.integers(0, 255, (8, 8), np.uint8))
                picture.save(tmp_path / "cells" / label / patient / place / "1.png")
    (tmp_path / "cells" / "ill" / "a" / "0.png").write_bytes(b"no image")
    alone = bigenough.load(tmp_path / "cells", skip_unreadable=True)
    assert alone.groups is None
    assert any("such as ill/a. Where those of one belong together" in note for note in alone.notes)
    assert not any("belong together" in note for note in bigenough.load(tmp_path / "flat").notes)
    data = bigenough.load(tmp_path / "cells", groups="folder", skip_unreadable=True)
    assert data.groups is not None
    assert list(data.groups) == [name for name in "abcdeffghijkl" for _ in range(2)]
    assert not any("belong together" in note for note in data.notes)
    found = bigenough.study(
        tmp_path / "cells", groups="folder", skip_unreadable=True, models=["majority"], train_sizes=[8], draws=4, jobs=1,
        out=tmp_path / "out",
    )  # fmt: skip
    for cell in plan(found.study, data):
        assert not set(data.groups[cell.draw.train]) & set(data.groups[cell.draw.test])
    assert "--groups folder" in (tmp_path / "out" / "report.html").read_text()
    with pytest.raises(
        BigenoughError, match=r"12 of 12 images in .*flat lie in their class's folder itself, such as cat/0.png; .*"
    ):
        bigenough.load(tmp_path / "flat", groups="folder")
    with pytest.raises(BigenoughError, match=r"groups may be 'folder', where .*, got 'patient'"):
        bigenough.load(tmp_path / "cells", groups="patient")


def test_a_folder_s_name_is_a_class_whatever_it_says(tmp_path: Path) -> None:
    images(tmp_path / "hands")
    (tmp_path / "hands" / "cat").rename(tmp_path / "hands" / "null")
    assert bigenough.load(str(tmp_path / "hands")).classes == ("dog", "null")
    assert len(bigenough.load(str(tmp_path / "hands")).y) == 12


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are text here")
def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    """Archives of old systems have such; a report and a table could not be written with them."""
    images(tmp_path / "pets")
    (tmp_path / "pets" / "dog").rename(tmp_path / "pets" / os.fsdecode(b"gro\xdfer dog"))
    (tmp_path / "pets" / "cat" / os.fsdecode(b"gr\xdf.txt")).write_text("x")
    bigenough.study(tmp_path / "pets", models=["majority", "knn"], train_sizes=[4], draws=2, jobs=1, out=tmp_path / "out")
    summary = json.loads((tmp_path / "out" / "summary.json").read_text())
    assert summary["study"]["source"] == "pets"
    assert any("gr\ufffd.txt" in note for note in summary["choices"])
    assert bigenough.load(tmp_path / "pets").classes == ("cat", "gro\ufffder dog")


def test_colour_that_is_lost_or_rare_is_said(tmp_path: Path) -> None:
    images(tmp_path / "grey")
    images(tmp_path / "mixed")
    red = np.zeros((12, 12, 3), np.uint8)
    red[..., 0] = 200
    for i in range(3):
        Image.fromarray(red + np.uint8(i)).save(tmp_path / "mixed" / "cat" / f"red{i}.png")
    mixed = bigenough.load(tmp_path / "mixed")
    assert "3 of 15 images are in colour; the others are grey." in mixed.notes
    grey = bigenough.load(tmp_path / "grey")
    assert not any("colour" in note for note in grey.notes)
    as_grey = load(str(tmp_path / "mixed"), like=grey)
    assert any("3 of 15 images are in colour; they are taken as grey, as the training images are" in n for n in as_grey.notes)


def test_colour_and_size_that_tell_the_class_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for label, shape in (("a", (12, 12)), ("b", (12, 12, 3)), ("c", (12, 16))):
        (tmp_path / "cells" / label).mkdir(parents=True)
        for i in range(6):
            Image.fromarray(rng.integers(0, 255, shape, np.uint8)).save(tmp_path / "cells" / label / f"{i}.png")
    notes = bigenough.load(tmp_path / "cells").notes
    tells = "That alone tells classes apart: all of {} have it, of {} none."
    assert f"6 of 18 images are in colour; the others are grey. {tells.format('b', 'a, c')}" in notes
    assert any(
        note.startswith("6 of 18 images had another size") and note.endswith(tells.format("c", "a, b")) for note in notes
    )
    shutil.copy(tmp_path / "cells" / "b" / "0.png", tmp_path / "cells" / "a" / "too.png")
    assert not any("in colour; the others are grey. That alone" in note for note in bigenough.load(tmp_path / "cells").notes)


def test_nines_far_from_all_other_values_and_classes_of_a_few_rows_are_said(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"hb": rng.normal(50, 5, 60).round(1), "age": rng.integers(20, 95, 60), "grade": ["low", "mid", "high"] * 20}
    )
    frame.loc[:4, "hb"], frame.loc[7:8, "age"], frame.loc[59, "grade"] = -999, 99, "hihg"
    frame.loc[1, "grade"] = "hihg"
    frame.to_csv(tmp_path / "t.csv", index=False)
    notes = bigenough.load(tmp_path / "t.csv", target="grade").notes
    assert any(note.startswith("5 values of column 'hb' are -999, far from all others") for note in notes)
    assert not any("'age'" in note for note in notes), "99 years are no code"
    assert any("class 'hihg' has only 2; if that is a slip" in note for note in notes)
    frame.replace(-999, 50.0).replace("hihg", "mid").to_csv(tmp_path / "t.csv", index=False)
    notes = bigenough.load(tmp_path / "t.csv", target="grade").notes
    assert not any("far from all others" in note or "only" in note for note in notes)


def test_a_folder_of_images(tmp_path: Path) -> None:
    images(tmp_path / "pets")
    data = bigenough.load(str(tmp_path / "pets"))
    assert (data.kind, data.X.shape, data.classes) == ("image", (12, 12, 12), ("cat", "dog"))
    assert any("resized" in note for note in data.notes)
    (tmp_path / "pets" / "cat" / "bad.png").write_bytes(b"no image")
    with pytest.raises(BigenoughError, match=r"bad\.png"):
        bigenough.load(str(tmp_path / "pets"))
    assert len(bigenough.load(str(tmp_path / "pets"), skip_unreadable=True).y) == 12
    with pytest.raises(BigenoughError, match=r"of no known format, or damaged\); mend it"):
        bigenough.load(str(tmp_path / "pets"))
    shutil.rmtree(tmp_path / "pets" / "cat")
    with pytest.raises(BigenoughError, match="pets has one sub-folder only, dog; images belong into one sub-folder a class"):
        bigenough.load(str(tmp_path / "pets"))


def test_arrays(tmp_path: Path) -> None:
    X, y = np.random.default_rng(0).normal(size=(30, 3)), np.repeat([0, 1, 2], 10)
    np.savez(tmp_path / "a.npz", X=X, y=y)
    data = bigenough.load(str(tmp_path / "a.npz"))
    np.testing.assert_array_equal(np.asarray(data.X), X)
    np.testing.assert_array_equal(data.y, y)


@pytest.mark.parametrize(
    ("X", "says"),
    [
        ([[1, 2], [1, 2], [3], [1, 2]], r"row 2 has shape \(1,\), row 0 has \(2,\)"),
        ([np.zeros((3, 4)), np.zeros((3, 5))], r"row 1 has shape \(3, 5\), row 0 has \(3, 4\)"),
        ([[[1, 2], [1]], [[1, 2], [1, 2]]], "row 0 has itself rows of several lengths"),
    ],
)
def test_rows_of_several_shapes_are_named(X: Any, says: str) -> None:  # noqa: ANN401 - no array
    with pytest.raises(InputError, match=f"X must have as many values in every row: {says}$"):
        from_arrays(X, [0, 1] * (len(X) // 2))


@pytest.mark.parametrize(
    ("change", "target", "says"),
    [
        (lambda f: f, "outcom", "outcome"),
        (lambda f: f.assign(outcome="ill"), "outcome", "constant"),
        (lambda f: f.assign(outcome=np.linspace(0.1, 0.9, len(f))), "outcome", "continuous|different values"),
        (lambda f: f.assign(outcome=["rare", *f["outcome"][1:]]), "outcome", "rare"),
        (lambda f: f.assign(dose=[np.inf, *f["dose"][1:]]), "outcome", "dose"),
        (lambda f: f[:2], "outcome", "row"),
    ],
    ids=["no such column", "constant", "continuous", "a class with one row", "infinite", "two rows"],
)
def test_mistakes_get_one_line(change: Callable[[pd.DataFrame], pd.DataFrame], target: str, says: str, tmp_path: Path) -> None:
    change(table()).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(BigenoughError, match=says) as caught:
        bigenough.load(str(tmp_path / "t.csv"), target=target)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", ["none.csv", "none", "openml:x", "sklearn:nothing", "empty.csv", "empty"])
def test_what_is_not_there(name: str, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "empty").mkdir()
    source = name if ":" in name else str(tmp_path / name)
    with pytest.raises(BigenoughError) as caught:
        bigenough.load(source)
    assert "\n" not in str(caught.value)


OPENML = Path(sklearn.__file__).parent / "datasets" / "tests" / "data" / "openml" / "id_61"


@pytest.fixture
def openml(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """OpenML's answers for its data set 61 as scikit-learn keeps them for its own tests; the addresses asked for."""
    asked: list[str] = []

    def opened(request: urllib.request.Request, timeout: float | None = None) -> Any:  # noqa: ANN401 - a file with headers
        asked.append(request.full_url)
        kinds = {"/features/": "api-v1-jdf-61", "/qualities/": "api-v1-jdq-61", "/json/data/": "api-v1-jd-61"}
        wanted = next((name for part, name in kinds.items() if part in request.full_url), "data-v1-dl-61")
        body = io.BytesIO(next(OPENML.glob(f"{wanted}.*")).read_bytes())
        body.info = lambda: {"Content-Encoding": "gzip"}  # type: ignore[attr-defined]
        return body

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", opened)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    return asked


def test_openml(openml: list[str]) -> None:
    data = bigenough.load("openml:61")
    assert data.classes == ("Iris-setosa", "Iris-versicolor", "Iris-virginica")
    assert data.n_features == 4
    assert len(data.y) == len(data.X)
    assert openml
    with pytest.raises(BigenoughError, match="continuous"):
        bigenough.load("openml:61", target="sepallength")


def test_openml_without_a_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def nowhere(*_: object, **__: object) -> None:
        raise urllib.error.URLError("Name or service not known")

    monkeypatch.setattr("sklearn.datasets._openml.urlopen", nowhere)
    monkeypatch.setenv("SCIKIT_LEARN_DATA", str(tmp_path))
    with pytest.raises(
        BigenoughError, match=r"cannot be downloaded .*Name or service not known.*get https.*elsewhere"
    ) as error:
        bigenough.load("openml:61")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.xlsx", b"a,b,y\n1,2,no\n", r"is no \.xlsx file: it does not begin like one"),
        ("t.parquet", b"PK\x03\x04...", r"is no \.parquet file: it begins like a file of zip, as \.xlsx and \.npz are"),
        ("t.csv", b"PAR1....", r"is no \.csv file: it begins like a file of Parquet"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(name: str, content: bytes, says: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(BigenoughError, match=says):
        bigenough.load(str(tmp_path / name), target="y")


def test_long_cells_are_read_and_leave_the_csv_module_s_limit_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    lines = ["text,age,outcome", *(f"{'x' * 200_000 if i == 3 else 'short'},{i},{'ab'[i % 2]}" for i in range(20))]
    (tmp_path / "long.csv").write_text("\n".join(lines))
    assert len(bigenough.load(tmp_path / "long.csv", target="outcome").y) == 20
    assert csv.field_size_limit() == before


def mixed(n: int = 200) -> tuple[np.random.Generator, np.ndarray[Any, Any]]:
    """A generator, and labels in turn."""
    return np.random.default_rng(0), np.arange(n) % 2


@pytest.mark.parametrize("gap", [False, True])
def test_whole_numbers_as_categories_are_written_alike(gap: bool) -> None:
    rng, y = mixed()
    codes = pd.Series(rng.integers(1, 4, 200))
    train = from_arrays(pd.DataFrame({"c": codes.astype("category"), "x": rng.normal(size=200)}), y)
    some = codes[:60].astype(float if gap else int)
    some[0] = np.nan if gap else 7
    test: Any = from_arrays(pd.DataFrame({"c": some.astype("category"), "x": rng.normal(size=60)}), y[:60], like=train)
    assert set(test.X["c"].dropna()) - {"7"} == {"1", "2", "3"}
    said = "1 of its 60 rows hold a category that no row of arrays has, such as '7' in column 'c'; models know none."
    assert list(test.notes) == ([] if gap else [said])


def test_a_test_set_writes_categories_and_classes_as_training_rows_do(tmp_path: Path) -> None:
    for name, values in (("train", ["4,1.0", "3A,2.0", "5,rest"]), ("test", ["4.0,1", "5.0,2", ",2"])):
        (tmp_path / f"{name}.csv").write_text("\n".join(["c,y,x", *(f"{values[i % 3]},{i % 7}.5" for i in range(30))]))
    train = bigenough.load(tmp_path / "train.csv", target="y")
    both: Any = with_test(train, bigenough.load(tmp_path / "test.csv", target="y", like=train))
    assert set(both.X["c"].dropna()) == {"4", "3A", "5"}
    assert both.classes == ("1.0", "2.0", "rest")


def test_numbers_above_2_to_53_stay_apart() -> None:
    rng, y = mixed(40)
    X, ids = rng.normal(size=(40, 3)), np.repeat(2**60 + np.arange(20), 2)
    for groups in (ids, pd.Series(ids, dtype="Int64"), ids.astype(str), list(ids), ids[:, None], [[i] for i in ids]):
        named = from_arrays(X, y, groups=groups).groups
        assert named is not None
        assert set(named) == set(map(str, ids))
    labels = np.array([9 * 10**17 + 9, 9 * 10**17 + 8, 5])[np.arange(40) % 3]
    for of_labels in (labels, pd.Series(labels, dtype="Int64"), labels.astype(str), [f"{label}.0" for label in labels]):
        assert from_arrays(X, of_labels).classes == ("5", "900000000000000008", "900000000000000009")


@pytest.mark.parametrize("groups", [np.zeros((40, 2)), [[1], [2, 3]] * 20, 5])
def test_groups_are_one_a_row(groups: object) -> None:
    rng, y = mixed(40)
    with pytest.raises(BigenoughError, match=r"groups must (name|be) one .* a row.* got ") as caught:
        from_arrays(rng.normal(size=(40, 3)), y, groups=groups)
    assert "\n" not in str(caught.value)


COPIED: dict[str, Callable[[np.random.Generator], Any]] = {
    "measured": lambda rng: rng.normal(size=(100, 20)),
    "one column": lambda rng: rng.normal(size=(100, 1)),
    "rounded": lambda rng: rng.normal(size=(100, 10)).round(1),
    "many coarse columns": lambda rng: rng.integers(0, 5, (60, 8)).astype(float),
    "images": lambda rng: rng.integers(0, 255, (30, 8, 8)).astype(np.uint8),
    "measured, and words": lambda rng: pd.DataFrame({"x": rng.normal(size=80), "s": rng.choice(["f", "m"], 80)}),
    "days, and words": lambda rng: pd.DataFrame(
        {"t": pd.to_datetime(rng.integers(10**9, 2 * 10**9, 80), unit="s"), "s": rng.choice(["f", "m"], 80)}
    ),
}


@pytest.mark.parametrize("kind", list(COPIED))
def test_data_doubled_are_not_tested_on_what_they_trained_on(kind: str) -> None:
    rng, _ = mixed()
    once = COPIED[kind](rng)
    twice = pd.concat([once, once], ignore_index=True) if isinstance(once, pd.DataFrame) else np.concatenate([once, once])
    data = from_arrays(twice, np.tile(rng.integers(0, 2, len(once)), 2))
    assert data.groups is not None
    np.testing.assert_array_equal(data.groups[: len(once)], data.groups[len(once) :])
    assert len(set(data.groups)) == len(once)
    study, choices = make_own_study(data, models=["majority"], draws=1)
    assert study.train_sizes
    assert ", groups kept whole: about " in choices[0]


EQUAL_BY_CHANCE: dict[str, Callable[[np.random.Generator], Any]] = {
    "a few grades": lambda rng: rng.integers(0, 5, (200, 3)).astype(float),
    "rare symptoms that go together": lambda rng: 1.0 * ((rng.random((300, 1)) < 0.4) & (rng.random((300, 30)) < 0.1)),
    "words": lambda rng: pd.DataFrame({"c": rng.choice(list("xyz"), 500), "s": rng.choice(["f", "m"], 500)}),
    "years": lambda rng: pd.DataFrame({"age": rng.integers(18, 80, 500), "s": rng.choice(["f", "m"], 500)}),
    "mostly zero": lambda rng: pd.DataFrame(
        {"i": np.where(rng.random(500) < 0.6, 0, rng.random(500)), "s": rng.choice(["f", "m"], 500)}
    ),
}


@pytest.mark.parametrize("kind", list(EQUAL_BY_CHANCE))
def test_rows_that_chance_makes_equal_are_rows_of_their_own(kind: str) -> None:
    rng, _ = mixed()
    X = EQUAL_BY_CHANCE[kind](rng)
    data = from_arrays(X, rng.integers(0, 2, len(X)))
    assert data.groups is None
    assert any("too many to be copies of one another" in note for note in data.notes)


def test_zeros_of_either_sign_are_equal() -> None:
    rng, y = mixed(40)
    X = rng.normal(size=(40, 3))
    X[:2] = [[0.0, 1, np.nan], [-0.0, 1, np.nan]]
    for rows in (X, pd.DataFrame(X), pd.DataFrame(X).assign(s=["a", "a", *"bc" * 19])):
        assert any("2 of 40 rows are the same" in note for note in from_arrays(rows, y).notes)


@pytest.mark.parametrize("shape", [(40, 3), (40, 8, 8)])
def test_rows_that_are_all_equal_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(BigenoughError, match="all 40 rows of arrays are equal, so that there is nothing to learn from"):
        from_arrays(np.ones(shape), np.arange(40) % 2)


def test_groups_that_a_file_holds_are_said(tmp_path: Path) -> None:
    rng, y = mixed(40)
    np.savez(tmp_path / "a.npz", X=rng.normal(size=(40, 3)), y=y, patient=np.arange(40) // 4, weights=np.ones(40))
    assert any("a.npz holds 'patient' too, which is not used" in note for note in bigenough.load(tmp_path / "a.npz").notes)
    assert not any("not used" in note for note in bigenough.load(tmp_path / "a.npz", groups="patient").notes)
    np.savez(tmp_path / "empty.npz")
    with pytest.raises(BigenoughError, match="has no column 'X' for the rows; it has nothing"):
        bigenough.load(tmp_path / "empty.npz")


def test_a_class_of_equal_rows_is_refused_in_words_of_rows() -> None:
    rng, y = mixed(60)
    X = rng.integers(0, 5, (60, 6))
    y = np.repeat([0, 1], [56, 4])
    X[57:] = X[56]
    with pytest.raises(BigenoughError, match="all 4 rows of class '1' of arrays are the same in every column, and equal rows"):
        from_arrays(X, y)


def test_whole_numbers_of_many_classes() -> None:
    rng, _ = mixed()
    train = from_arrays(rng.normal(size=(600, 2)), np.arange(600) % 30)
    assert len(from_arrays(rng.normal(size=(90, 2)), np.arange(90) % 30, like=train).classes) == 30
    assert len(from_arrays(rng.normal(size=(150, 2)), np.arange(150) % 30).classes) == 30
    for labels in (rng.integers(0, 60, 90), rng.permutation(90)):
        with pytest.raises(
            BigenoughError, match=r"whole numbers in 90 rows; .*if they are classes, write them as words, such as"
        ):
            from_arrays(rng.normal(size=(90, 2)), labels)


@pytest.mark.parametrize("tells", [False, True])
def test_texts_tell_a_class_by_what_they_say_and_not_by_where_they_stand(tells: bool) -> None:
    rng, _ = mixed()
    y = np.repeat([0, 1], 200)
    words = [" ".join(rng.choice(list("abcdefghijkl"), 5)) for _ in range(400)]
    if tells:
        words = [f"{'no' if code == 0 else 'yes'} {i % 15}" for i, code in enumerate(y)]
    data = from_arrays(pd.DataFrame({"comment": words, "x": rng.normal(size=400), "z": rng.normal(size=400)}), y)
    assert [note[:30] for note in data.notes] == (["Column 'comment' alone tells t"] if tells else [])


def columns_kept(name: str, values: NDArray[np.int64], tmp_path: Path) -> tuple[list[str], tuple[str, ...]]:
    rng = np.random.default_rng(3)
    table = pd.DataFrame({name: values, "a": rng.normal(size=len(values)), "y": np.arange(len(values)) % 2})
    table.to_csv(tmp_path / "t.csv", index=False)
    data = bigenough.load(tmp_path / "t.csv", target="y")
    X: Any = data.X
    return list(X.columns), data.notes


@pytest.mark.parametrize("name", ["uric_acid", "lipid", "covid", "is_paid", "CRPid", "key", "grid"])
def test_words_that_end_like_an_identifier_are_none(name: str, tmp_path: Path) -> None:
    values = np.random.default_rng(0).integers(0, 30, 120)
    assert columns_kept(name, values, tmp_path) == ([name, "a"], ())


@pytest.mark.parametrize(("name", "kept"), [("time", True), ("visit day", True), ("nr", False), ("image", False)])
def test_rows_in_the_order_of_time_are_not_numbered_by_it(name: str, kept: bool, tmp_path: Path) -> None:
    assert columns_kept(name, np.arange(60), tmp_path)[0] == ([name, "a"] if kept else ["a"])


@pytest.mark.parametrize("values", [2**53 + np.arange(60), np.repeat(2**53 + np.arange(20), 3)])
def test_identifiers_too_long_for_a_number_are_left_out(values: NDArray[np.int64], tmp_path: Path) -> None:
    columns, notes = columns_kept("patient_id", values, tmp_path)
    assert columns == ["a"]
    assert notes[0].endswith("left out: named as an identifier, with numbers too long to be told apart as amounts.")


def test_identifiers_that_repeat_are_left_out_with_the_way_to_use_them() -> None:
    rng, y = mixed(300)
    values = {name: np.repeat(rng.permutation(10**5)[:60], 5) for name in ("patient_id", "Patient", "body mass index")}
    frame = pd.DataFrame({**values, "type_id": rng.integers(0, 8, 300), "x": rng.normal(size=300)})
    data: Any = from_arrays(frame, y)
    assert list(data.X.columns) == ["body mass index", "type_id", "x"]
    for name, note in zip(("patient_id", "Patient"), data.notes, strict=False):
        assert note.startswith(f"Column '{name}' left out: it has the name of an identifier, and its 60 values repeat.")
    assert "(--groups patient_id)" in data.notes[0]
    assert from_arrays(frame, y, groups="patient_id").notes == ()


@pytest.mark.parametrize(("n_rare", "says"), [(3, "More than 99% of"), (0, None), (60, "90% of")])
def test_most_is_not_all(n_rare: int, says: str | None) -> None:
    rng, y = mixed(600)
    y = np.where(np.arange(600) < n_rare, 1, 0) if says else y
    notes = from_arrays(rng.normal(size=(600, 2)), y).notes
    assert [note[: len(says or "")] for note in notes] == ([says] if says else [])


ODD = ["1", "2.5", "1e5", "+4", ".5", "5.", "NA", "", " 7 ", "nan", "inf", "1_000", "True", "\u22125", "900000000000207009"]
ODD += ["18446744073709551615", "1" * 30, "0x10", "1.234", "12.345", "1,5", "?", "-nan", "1e400", "0.30000000000000004", "1d5"]


@pytest.mark.parametrize("decimal_comma", [False, True])
def test_columns_read_at_once_are_what_they_are_one_by_one(decimal_comma: bool) -> None:
    rng, _ = mixed()
    frame = pd.DataFrame({f"c{i}": rng.choice(rng.choice(ODD, 1 + i % 3), 12) for i in range(500)}, dtype="str")
    found = plain_numbers_at_once(frame, list(frame.columns), decimal_comma)
    assert len(found) > 100
    for name, values in found.items():
        notes: list[str] = []
        alone = tidy(frame[name], name, decimal_comma=decimal_comma, note=notes.append)
        np.testing.assert_array_equal(values, alone.values.to_numpy(np.float64))
        assert (notes, alone.unit) == ([], "")


@pytest.mark.parametrize(
    ("training", "test", "read"),
    [
        (["4,71", "6,60"], ["1,809"], [1.809]),
        (["6,797.10", "2.5"], ["8,271"], [8271]),
        (["4.71", "6.6"], ["8,271"], [8271]),
        (["3.660,5", "2,5"], ["7.105"], [7105]),
        (["3.660,5", "2,5"], ["7.105,25"], [7105.25]),
        (["13/01/2020", "01/02/2020"], ["01/04/2020"], ["2020-04-01"]),
        (["01/13/2020", "01/02/2020"], ["01/04/2020"], ["2020-01-04"]),
    ],
)
@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_test_set_is_read_as_its_training_set(
    training: list[str], test: list[str], read: list[Any], delimiter: str, tmp_path: Path
) -> None:
    """What the few rows of a test set do not show, its training set does."""
    data, rows = _written(training * 8, delimiter, tmp_path / "a.csv", None), tmp_path / "b.csv"
    found = _written(test, delimiter, rows, data)
    assert list(found.X["x"]) == (read if training[0].count("/") == 0 else [pd.Timestamp(value) for value in read])
    assert not any("may" in note or "do not show" in note for note in found.notes)


@pytest.mark.parametrize(
    ("training", "test", "what"),
    [
        (["01/02/2020", "03/04/2020"], "25/12/2020", "shows that the day comes first"),
        (["1,809", "2,111"], "8,271.5", "shows that points stand before decimals"),
    ],
)
def test_a_training_set_that_was_guessed_wrong_is_told_by_its_test_set(
    training: list[str], test: str, what: str, tmp_path: Path
) -> None:
    data = _written(training * 8, ";", tmp_path / "a.csv", None)
    with pytest.raises(BigenoughError, match=f"{what}, and a.csv, which does not, was read otherwise"):
        _written([test], ";", tmp_path / "b.csv", data)


def _written(values: list[str], delimiter: str, path: Path, like: Dataset | None) -> Dataset:
    rows = [f'"{value}"{delimiter}{"ab"[i % 2]}' for i, value in enumerate(values)]
    path.write_text("\n".join([f"x{delimiter}y", *rows]) + "\n")
    return load(str(path), target="y", like=like)


def test_one_word_among_dates_is_told(tmp_path: Path) -> None:
    dates = [f"2020-0{1 + i % 9}-{10 + i % 15}" for i in range(40)]
    with pytest.raises(BigenoughError, match="holds dates, and a value that is none of these: 'unknown' in row 41"):
        _written([*dates, "unknown"], ",", tmp_path / "a.csv", None)


@pytest.mark.parametrize(
    ("texts", "days"),
    [
        (["25-12-2020", "01-02-2020"], ["2020-12-25", "2020-02-01"]),
        (["2020/01/25", "2020/1/5", "2020.03.05"], ["2020-01-25", "2020-01-05", "2020-03-05"]),
        (["05JAN2020", "17-feb-2021", "3 Sept 2020"], ["2020-01-05", "2021-02-17", "2020-09-03"]),
        (["Dec 24, 2020", "January 2 2021"], ["2020-12-24", "2021-01-02"]),
        (["1/22/2020 3:04 PM", "1/2/2020 12:30 a.m."], ["2020-01-22 15:04", "2020-01-02 00:30"]),
        (["2020-01-05T10:00:00Z", "2020-01-05 10:00:00.5+02:00"], ["2020-01-05 10:00:00", "2020-01-05 08:00:00.5"]),
        (
            ["2020-01-25T134500Z", "2020-01-25T1345", "2020-01-25 9"],
            ["2020-01-25 13:45", "2020-01-25 13:45", "2020-01-25 09:00"],
        ),
    ],
)
def test_dates_as_people_write_them(texts: list[str], days: list[str]) -> None:
    found = tidy(pd.Series(texts), "column 'd'")
    assert list(found.values) == [pd.Timestamp(day) for day in days]


@pytest.mark.parametrize(
    "texts",
    [
        *(["31-02-2020"], ["Foo 1 2020"], ["13/2/2020 14:00 PM"], ["2020-13-01"], ["1.2.3"], ["2020.1.3"], ["12-10-4563"]),
        *(["01.02.2020", "12/25/2020"], ["2020-01-25 13-14"], ["１/２/2020"]),
    ],
)
def test_what_is_no_date_stays_text(texts: list[str]) -> None:
    assert list(tidy(pd.Series(texts), "column 'd'").values) == texts


@pytest.mark.parametrize("odd", ["30.02.2020", "0000-00-00", "12/25/2020"])
def test_a_date_that_does_not_exist_is_told(odd: str) -> None:
    mark = "/" if "/" in odd else "."
    dates = [f"{day}{mark}0{1 + day % 9}{mark}2020" for day in range(13, 29)]
    with pytest.raises(BigenoughError, match=f"holds dates, and a value that is none of these: '{odd}' in row 17"):
        tidy(pd.Series([*dates, odd]), "column 'd'")


@pytest.mark.parametrize("mark", [" ", "\u00a0", "\u202f", "'", "\u2019"])
def test_spaces_and_apostrophes_stand_between_thousands(mark: str) -> None:
    notes: list[str] = []
    texts = [f"1{mark}612", "12", f"\u22121{mark}234{mark}567.5", f"100{mark}000"]
    assert list(tidy(pd.Series(texts), "column 'x'", note=notes.append).values) == [1612, 12, -1234567.5, 100000]
    word = "apostrophes" if mark in "'\u2019" else "spaces"
    shown = mark if word == "apostrophes" else " "
    assert notes[0].startswith(f"The {word} of column 'x', as in '1{shown}612', were read as marks between thousands.")
    found = tidy(pd.Series([f"1{mark}612,5 kg", "12 kg", "7,25 kg"]), "column 'x'")
    assert (list(found.values), found.unit) == ([1612.5, 12, 7.25], "kg")


@pytest.mark.parametrize("texts", [["12 34"], ["1 2345"], ["030 123 456"], ["+33 612 345 678"], ["１２３", "4"]])
def test_digits_in_other_groups_stay_text(texts: list[str]) -> None:
    assert list(tidy(pd.Series(texts), "column 'x'").values) == texts


def test_marks_for_what_is_missing() -> None:
    assert list(tidy(pd.Series(["1", ".", "NaT", "2.5"]), "column 'x'").values.isna()) == [False, True, True, False]


def test_equal_rows_with_different_labels_are_said() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 3)), np.arange(60) % 2
    twice, other = np.concatenate([X, X[:20]]), np.concatenate([y, 1 - y[:20]])
    copied, contradicting = "40 of 80 rows are the same as another row", "40 rows that are the same have different labels"
    notes = from_arrays(twice, other).notes
    assert any(copied in note for note in notes)
    assert any(contradicting in note for note in notes)
    same = from_arrays(twice, np.concatenate([y, y[:20]])).notes
    assert any(copied in note for note in same)
    assert not any("different labels" in note for note in same)
    images = rng.integers(0, 255, (60, 8, 8)).astype(np.uint8)
    notes = from_arrays(np.concatenate([images, images[:20]]), other).notes
    assert any("40 of 80 images are the same as another image in every pixel" in note for note in notes)


@pytest.mark.parametrize(
    ("labels", "says"),
    [
        (["Yes", "yes", "no", "no"], "Classes 'Yes', 'yes' count as 2 (10, 10 rows)"),
        (["no answer", "No_answer", "b", "b"], "count as 2 (10, 10 rows)"),
        (["-", "a", "b", "b"], "'-' counts as a class of its own (10 rows)"),
        (["Unknown", "a", "b", "b"], "'Unknown' counts as a class of its own (10 rows)"),
        (["A", "A-", "A+", "B"], None),
        ([-1, 1, -1, 1], None),
        ([9, 99, 9, 99], None),
    ],
)
def test_classes_that_look_like_one_or_like_none_are_said(labels: list[Any], says: str | None) -> None:
    notes = from_arrays(np.random.default_rng(0).normal(size=(40, 3)), labels * 10).notes
    assert (len(notes) == 0) if says is None else any(says in note for note in notes), notes


@pytest.mark.parametrize("name", ["Patientennummer", "Pat-Nr", "pat_no", "Fallnummer", "MRN", "case number", "Probanden-Nr."])
def test_patients_by_other_names_are_left_out_too(name: str) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({name: np.repeat(rng.permutation(10**5)[:30], 3), "bmi": rng.normal(size=90)})
    data = from_arrays(frame, np.arange(90) % 2)
    assert isinstance(data.X, pd.DataFrame)
    assert list(data.X.columns) == ["bmi"]
    assert name in data.notes[0]


def test_old_line_ends(tmp_path: Path) -> None:
    lines = ["u,v,y", *(f"{i % 5},{i % 7}.5,{'ab'[i % 2]}" for i in range(40))]
    (tmp_path / "t.csv").write_bytes("\r".join(lines).encode())
    assert bigenough.load(str(tmp_path / "t.csv")).X.shape == (40, 2)


def test_the_sheet_that_was_read_is_said_in_an_error_too(tmp_path: Path) -> None:
    with pd.ExcelWriter(tmp_path / "t.xlsx") as book:
        pd.DataFrame({"u": [], "y": []}).to_excel(book, sheet_name="cover", index=False)
        pd.DataFrame({"u": range(40), "y": ["a", "b"] * 20}).to_excel(book, sheet_name="data", index=False)
    with pytest.raises(BigenoughError, match=r"has no rows\. Only the first sheet, 'cover', was read"):
        bigenough.load(str(tmp_path / "t.xlsx"))


def test_labels_in_another_order_than_the_rows_are_refused() -> None:
    frame = pd.DataFrame({"u": np.arange(40.0) % 7, "v": np.arange(40.0) % 5}, index=[f"p{i}" for i in range(40)])
    y = pd.Series(["a", "b"] * 20, index=frame.index)
    assert from_arrays(frame, y).y.tolist() == [0, 1] * 20
    assert from_arrays(frame, y[::-1].to_numpy()).y.tolist() == [1, 0] * 20
    assert from_arrays(frame, y[::-1].reset_index(drop=True)).y.tolist() == [1, 0] * 20  # another index altogether
    with pytest.raises(BigenoughError, match=r"y has the index of X in another order; give y\.loc\[X\.index\]"):
        from_arrays(frame, y[::-1])
    mixed = frame.set_axis([*range(20), *(f"p{i}" for i in range(20))])  # which cannot be sorted
    with pytest.raises(BigenoughError, match="y has the index of X in another order"):
        from_arrays(mixed, pd.Series(["a", "b"] * 20, index=mixed.index)[::-1])
    with pytest.raises(BigenoughError, match="groups has the index of X in another order"):
        from_arrays(frame, y, groups=pd.Series(np.arange(40) % 9, index=frame.index)[::-1])
