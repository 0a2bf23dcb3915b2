"""The data sets: what is known of them, and what is said of names that are none."""

from __future__ import annotations

import lzma
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

import bigenough
from bigenough.errors import BigenoughError, InputError, UnknownNameError
from bigenough.sources import mnist_digits

TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]  # published counts by digit
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_mnist_has_its_published_counts() -> None:
    data = bigenough.load("mnist")
    assert data.X.shape == (70_000, 28, 28)
    assert data.X.dtype == np.uint8
    assert (data.X.min(), data.X.max()) == (0, 255)
    assert np.bincount(data.y[:60_000]).tolist() == TRAIN
    assert np.bincount(data.y[60_000:]).tolist() == TEST
    np.testing.assert_array_equal(data.holdout, np.arange(60_000, 70_000))
    assert data.classes == tuple("0123456789")
    assert (data.name, data.kind) == ("mnist", "image")


def test_zeros_and_ones() -> None:
    data = bigenough.load("mnist:0,1")
    assert len(data.y) == 12_665 + 2_115
    assert np.bincount(data.y[:12_665]).tolist() == [5_923, 6_742]
    assert np.bincount(data.y[data.holdout]).tolist() == [980, 1_135]
    assert data.holdout.tolist() == list(range(12_665, 14_780))
    assert data.classes == ("0", "1")


@pytest.mark.parametrize(("text", "kept"), [("3,5", [3, 5]), ("5,3", [3, 5]), (" 9, 0,4", [0, 4, 9])])
def test_some_digits_are_the_whole_s_rows_in_file_order(text: str, kept: list[int]) -> None:
    whole, part = bigenough.load("mnist"), bigenough.load(f"mnist:{text}")
    rows = np.flatnonzero(np.isin(whole.y, kept))
    np.testing.assert_array_equal(part.X, whole.X[rows])
    assert [int(part.classes[code]) for code in part.y] == whole.y[rows].tolist()
    assert len(part.holdout) == sum(TEST[d] for d in kept)
    assert part.name == "mnist:" + ",".join(map(str, kept))


def test_all_digits_by_hand_are_mnist() -> None:
    assert bigenough.load("mnist:0,1,2,3,4,5,6,7,8,9").fingerprint == bigenough.load("mnist").fingerprint


def test_fingerprints_tell_data_sets_apart() -> None:
    names = ("mnist:0,1", "mnist:0,2", "mnist:1,0", "iris", "wine")
    prints = [bigenough.load(name).fingerprint for name in names]
    assert prints[0] == prints[2]
    assert len(set(prints)) == len(names) - 1


@pytest.mark.parametrize("text", ["0,0", "12", "1", "", "a,b", "0;1", "-1,2", "0,1,", "0,²", "1.0,2"])
def test_what_are_no_digits(text: str) -> None:
    with pytest.raises(InputError, match=r"mnist takes two or more different digits, such as mnist:0,1; got") as caught:
        bigenough.load(f"mnist:{text}")
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("minst", "unknown data set 'minst'; did you mean mnist?"),
        ("minst:0,1", "unknown data set 'minst'; did you mean mnist?"),
        ("breast-cancer", "did you mean breast_cancer?"),
        ("qqqq", "known: breast_cancer, digits, iris, mnist, wine"),
        ("", "known: breast_cancer"),
    ],
)
def test_unknown_names_list_the_near_ones(name: str, says: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        bigenough.load(name)
    assert says in str(caught.value)


def test_only_mnist_takes_a_part() -> None:
    with pytest.raises(InputError, match="data set 'iris' takes no part after a colon, got 'iris:0,1'"):
        bigenough.load("iris:0,1")


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the smallest shipped file, which is then read in place of the real one."""
    name = "t10k-labels-idx1-ubyte.xz"
    folder = tmp_path / "mnist"
    folder.mkdir()
    real = resources.files("bigenough.sources").joinpath("mnist", name)
    (folder / name).write_bytes(real.read_bytes())
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    return folder / name


def test_a_sound_copy_is_read(shipped: Path) -> None:
    assert np.bincount(mnist_digits._read_idx(shipped.stem)).tolist() == TEST


def test_a_changed_file_is_refused(shipped: Path) -> None:
    raw = bytearray(lzma.decompress(shipped.read_bytes()))
    raw[-1] = (raw[-1] + 1) % 10  # one label
    shipped.write_bytes(lzma.compress(raw))
    with pytest.raises(BigenoughError, match=rf"{shipped.name} has the wrong checksum; install bigenough again"):
        mnist_digits._read_idx(shipped.stem)


@pytest.mark.parametrize("damage", [lambda packed: packed[:-40], lambda packed: b"not xz", lambda packed: b""])
def test_a_damaged_file_is_refused(damage: object, shipped: Path) -> None:
    shipped.write_bytes(damage(shipped.read_bytes()))  # type: ignore[operator]  # one of three functions
    with pytest.raises(BigenoughError, match=rf"the shipped MNIST file {shipped.name} (is damaged|has the wrong checksum)"):
        mnist_digits._read_idx(shipped.stem)


def test_a_missing_file_is_refused(shipped: Path) -> None:
    shipped.unlink()
    with pytest.raises(BigenoughError, match=rf"{shipped.name} is missing; install bigenough again"):
        mnist_digits._read_idx(shipped.stem)


def test_the_checksums_are_the_published_ones() -> None:
    sums = {name.split("-")[0]: value for name, value in mnist_digits.CHECKSUMS.items() if "images" in name}
    assert sums == {
        "train": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
        "t10k": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    }


@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("breast_cancer", (569, 30), ("malignant", "benign")),
        ("digits", (1797, 8, 8), tuple("0123456789")),
        ("iris", (150, 4), ("setosa", "versicolor", "virginica")),
        ("wine", (178, 13), ("class_0", "class_1", "class_2")),
    ],
)
def test_scikit_learn_s_data_sets(name: str, shape: tuple[int, ...], classes: tuple[str, ...]) -> None:
    data = bigenough.load(name)
    assert data.X.shape == shape
    assert data.classes == classes
    assert data.kind == ("image" if name == "digits" else "table")
    assert len(data.holdout) == 0
