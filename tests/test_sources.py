"""The data sets: what is known of them, and what is said of names that are none."""

from __future__ import annotations

import lzma
import zipfile
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

import bigenough
from bigenough.errors import BigenoughError, InputError, UnknownNameError
from bigenough.own_data import with_test
from bigenough.sources import from_arrays, mnist_digits

TRAIN = [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]  # published counts by digit
TEST = [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_a_data_set_is_shown_in_a_line() -> None:
    assert repr(bigenough.load("wine")) == "<Dataset wine: table, X (178, 13), 3 classes>"


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


Drawn = Callable[[str, int], NDArray[np.generic]]


def pictures(path: Path, drawn: Drawn, suffix: str = ".tif", n: int = 8) -> Path:
    """A folder of n images of each of two classes, a and b; `drawn` gives the values of each."""
    for label in "ab":
        (path / label).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            Image.fromarray(drawn(label, i)).save(path / label / f"{i}{suffix}")
    return path


def noise(top: float, dtype: str, size: int = 20) -> Drawn:
    rng = np.random.default_rng(0)
    return lambda label, i: (top * rng.random((size, size))).astype(dtype)


def test_a_hot_pixel_does_not_set_the_scale(tmp_path: Path) -> None:
    dim = noise(270, "uint16")

    def drawn(label: str, i: int) -> NDArray[np.generic]:
        values = dim(label, i)
        values[0, 0] = 65535 if (label, i) == ("a", 2) else 270
        return values

    data = bigenough.load(pictures(tmp_path / "p", drawn, ".png", n=12))
    assert len(np.unique(data.X)) > 50
    assert any("1 of them has values beyond, which count as black or white" in note for note in data.notes)


def one_pixel(of_b: float) -> Drawn:
    """Fractions below 1, with one pixel of 1 in every image of a, and of `of_b` in every one of b."""
    fractions = noise(1, "float32")

    def drawn(label: str, i: int) -> NDArray[np.generic]:
        values = fractions(label, i)
        values[0, 0] = 1.0 if label == "a" else of_b
        return values

    return drawn


def test_one_pixel_beyond_1_does_not_set_a_class_apart(tmp_path: Path) -> None:
    data = bigenough.load(pictures(tmp_path / "f", one_pixel(1.05)))
    means = [np.asarray(data.X)[data.y == code].mean() for code in (0, 1)]
    assert abs(means[0] - means[1]) < 5
    assert min(means) > 100
    (note,) = data.notes
    assert note.startswith("16 of 16 images have more than 8 bits a value; on one scale for all, ")
    assert note.endswith(" is black and 1.05 white.")


def test_maxima_about_255_do_not_set_images_apart(tmp_path: Path) -> None:
    drawn = {"a": noise(250, "int32"), "b": noise(260, "int32")}
    data = bigenough.load(pictures(tmp_path / "i", lambda label, i: drawn[label](label, i)))
    assert np.asarray(data.X).reshape(len(data.X), -1).mean(axis=1).min() > 100


def test_12_bits_in_16_keep_their_levels(tmp_path: Path) -> None:
    data = bigenough.load(pictures(tmp_path / "i", noise(4096, "uint16"), ".png"))
    assert (len(np.unique(data.X)), data.X.max()) == (256, 255)


def test_a_test_folder_is_on_the_scale_of_its_training_folder(tmp_path: Path) -> None:
    train = bigenough.load(pictures(tmp_path / "train", lambda label, i: np.array([[100 * i, 4000]], np.uint16), ".png"))
    test = bigenough.load(
        pictures(tmp_path / "test", lambda label, i: np.array([[500, 1000 * i]], np.uint16), ".png"), like=train
    )
    assert set(test.X[:, 0, 0]) == {round(500 / 4000 * 255)}
    assert test.X[:8, 0, 1].tolist() == [min(round(1000 * i / 4000 * 255), 255) for i in range(8)]
    assert any("that of the training images, 0 is black and 4000 white." in note for note in test.notes)
    assert "6 of them have values beyond, which count as black or white." in test.notes
    assert len(with_test(train, test).y) == 32


def test_images_of_8_bits_and_of_more_share_a_convention(tmp_path: Path) -> None:
    path = pictures(tmp_path / "mixed", noise(255, "uint8"), ".png")
    pictures(path, noise(1, "float32"))
    data = bigenough.load(path)
    assert np.asarray(data.X).reshape(len(data.X), -1).mean(axis=1).min() > 100
    assert "16 of 32 images have more than 8 bits a value; on one scale for all, 0 is black and 1 white." in data.notes
    of_test = bigenough.load(pictures(tmp_path / "test", noise(0.2, "float32")), like=data)
    assert 40 < of_test.X.max() <= 51


@pytest.mark.parametrize(
    ("train", "test", "says"),
    [
        (noise(255, "uint8"), noise(-9, "float32"), "floating-point numbers, .*, which are on no known scale beside images"),
        (noise(255, "uint8"), noise(1.5, "float32"), "which are on no known scale beside images of 8 bits a value; save all"),
        (noise(3000, "int32"), noise(255, "uint8"), r"test has images of 8 bits a value, and those of train have \d to 2\d+;"),
        (noise(3000, "int32"), noise(1, "float32"), "test has images of floating-point numbers, .*, and train images of whole"),
    ],
)  # fmt: skip
def test_scales_that_do_not_go_together(train: Drawn, test: Drawn, says: str, tmp_path: Path) -> None:
    data = bigenough.load(pictures(tmp_path / "train", train))
    with pytest.raises(InputError, match=says):
        bigenough.load(pictures(tmp_path / "test", test), like=data)


def test_fractions_and_whole_numbers_are_not_mixed(tmp_path: Path) -> None:
    path = pictures(tmp_path / "mixed", noise(1, "float32"))
    pictures(path, noise(4000, "uint16"), ".png")
    with pytest.raises(
        InputError, match="mixed has images of whole numbers beyond 8 bits and images of floating-point numbers; "
    ):
        bigenough.load(path)


def test_images_of_one_value_are_refused_without_a_warning(tmp_path: Path) -> None:
    path = pictures(tmp_path / "flat", lambda label, i: np.full((4, 4), 7, np.int32))
    with pytest.raises(BigenoughError, match="all 16 rows of flat are equal"):
        bigenough.load(path)


@pytest.mark.parametrize("suffix", [".bmp", ".gif", ".webp", ".PGM", ".ppm", ".jpeg"])
def test_images_of_all_usual_formats_are_read(suffix: str, tmp_path: Path) -> None:
    drawn = noise(255, "uint8")
    path = pictures(tmp_path / "f", drawn, ".png", n=5)
    data = bigenough.load(pictures(path, drawn, suffix, n=5))
    assert (len(data.y), data.notes) == (20, ())


def test_files_that_are_left_out_are_counted(tmp_path: Path) -> None:
    path = pictures(tmp_path / "f", noise(255, "uint8"), ".png")
    for name in (
        "a/0.heic",
        "a/1.heic",
        "b/2.HEIC",
        "b/about",
        "top.png",
        "read.me",
        "a/Thumbs.db",
        "b/.DS_Store",
        "b/.x/9.png",
    ):
        (path / name).parent.mkdir(exist_ok=True)
        (path / name).write_bytes(b"something")
    data = bigenough.load(path)
    assert len(data.y) == 16
    assert data.notes == (
        "1 file left out, an image beside the sub-folders is of no class: top.png.",
        "4 files left out, of no kind that is read as an image (3 .heic, 1 without suffix): a/0.heic, a/1.heic, b/2.HEIC "
        "and 1 more.",
    )


def test_further_pages_are_said(tmp_path: Path) -> None:
    path = pictures(tmp_path / "f", noise(255, "uint8"))
    pages = [Image.fromarray(np.full((20, 20), 9 * i, np.uint8)) for i in range(3)]
    pages[0].save(path / "a" / "0.tif", save_all=True, append_images=pages[1:])
    data = bigenough.load(path)
    assert not data.X[0].any()
    assert data.notes == ("1 of 16 files has several pages or frames, of which the first is taken.",)


@pytest.mark.parametrize(
    ("parts", "first", "second"),
    [
        (("train", "test"), "train", "test"),
        (("Train", "validation"), "Train", "validation"),
        (("dev", "training", "testing"), "training", "testing"),
    ],
)
def test_parts_of_a_data_set_are_no_classes(parts: tuple[str, ...], first: str, second: str, tmp_path: Path) -> None:
    for part in parts:
        pictures(tmp_path / "f" / part, noise(255, "uint8"))
    with pytest.raises(InputError, match="are parts of a data set and no classes; give ") as caught:
        bigenough.load(tmp_path / "f")
    assert str(caught.value).endswith(f"give {tmp_path}/f/{first}, with --test {tmp_path}/f/{second}")


@pytest.mark.parametrize("names", [("train", "tram"), ("valid", "invalid")])
def test_classes_may_be_called_as_parts_are(names: tuple[str, str], tmp_path: Path) -> None:
    path = pictures(tmp_path / "f", noise(255, "uint8"))
    for old, new in zip("ab", names, strict=True):
        (path / old).rename(path / new)
    assert bigenough.load(tmp_path / "f").classes == tuple(sorted(names))


@pytest.mark.parametrize(("size", "said"), [(64, False), (65, True)])
def test_made_smaller_is_said_where_it_is_true(size: int, said: bool, tmp_path: Path) -> None:
    data = bigenough.load(pictures(tmp_path / "f", noise(255, "uint8", size)))
    assert data.X.shape == (16, 64, 64)
    words = "16 of 16 images were longer than 64 pixels and made smaller, to 64 pixels on the longer side."
    assert data.notes == ((words,) if said else ())


ROWS, LABELS = np.random.default_rng(0).normal(size=(30, 3)), np.arange(30) % 2
OBJECTS = np.array(["x", None] * 15, object)


def test_arrays_that_are_not_asked_for_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=ROWS, y=LABELS, feature_names=OBJECTS[:3])
    np.testing.assert_array_equal(np.asarray(bigenough.load(tmp_path / "a.npz").X), ROWS)


@pytest.mark.parametrize("name", ["X", "y", "g"])
def test_arrays_of_objects_are_refused_by_name(name: str, tmp_path: Path) -> None:
    arrays: dict[str, Any] = {"X": ROWS, "y": LABELS, "g": LABELS, name: OBJECTS}
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(
        InputError, match=rf"^the array '{name}' of .*a\.npz holds Python objects, which are not loaded from files"
    ):
        bigenough.load(tmp_path / "a.npz", groups="g")


def test_a_damaged_array_gets_one_line(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", X=ROWS, y=LABELS)
    with zipfile.ZipFile(tmp_path / "a.npz") as archive:
        begins = archive.getinfo("X.npy").header_offset + 60
    raw = bytearray((tmp_path / "a.npz").read_bytes())
    raw[begins : begins + 200] = b"\xff" * 200
    (tmp_path / "a.npz").write_bytes(raw)
    with pytest.raises(InputError, match=r"^the array 'X' of .*a\.npz cannot be read, it may be damaged"):
        bigenough.load(tmp_path / "a.npz")


def test_a_column_of_groups_need_not_have_a_string_for_a_name() -> None:
    frame = pd.DataFrame(ROWS).assign(**{"z": LABELS})
    frame[3] = np.arange(30) // 3
    data = from_arrays(frame, LABELS, groups="3")
    assert data.groups is not None
    assert data.groups.tolist() == [str(i // 3) for i in range(30)]
    assert list(pd.DataFrame(data.X).columns) == ["0", "1", "2", "z"]
    frame["3"] = 0
    with pytest.raises(InputError, match="arrays has two columns called '3'; give each a name of its own"):
        from_arrays(frame, LABELS, groups="3")


@pytest.mark.parametrize("shape", [(3, 32, 32), (1, 8, 9), (4, 9, 8)])
def test_channels_that_come_first_are_refused(shape: tuple[int, ...], tmp_path: Path) -> None:
    images = np.random.default_rng(0).random((30, *shape))
    np.savez(tmp_path / "a.npz", X=images, y=LABELS)
    says = r"looks like images with their channels first; .*: np\.moveaxis\(X, 1, -1\)"
    with pytest.raises(InputError, match=says):
        from_arrays(images, LABELS)
    with pytest.raises(InputError, match=says):
        bigenough.load(tmp_path / "a.npz")
    assert from_arrays(np.moveaxis(images, 1, -1), LABELS).X.shape == (30, *shape[1:], shape[0])


@pytest.mark.parametrize("shape", [(3, 32, 3), (1, 8, 1), (4, 4, 4), (8, 8, 5), (3, 32)])
def test_channels_that_come_last_are_left_alone(shape: tuple[int, ...]) -> None:
    assert from_arrays(np.random.default_rng(0).random((30, *shape)), LABELS).X.shape == (30, *shape)


GROUPS = np.arange(30) // 3


@pytest.mark.parametrize("groups", [GROUPS[:, None], pd.DataFrame({"g": GROUPS}), GROUPS, list(GROUPS), pd.Series(GROUPS)])
@pytest.mark.parametrize("rows", [ROWS, pd.DataFrame(ROWS)])
def test_groups_may_stand_in_a_column(rows: object, groups: object) -> None:
    data = from_arrays(rows, LABELS, groups=groups)
    assert data.groups is not None
    assert data.groups.tolist() == [str(i // 3) for i in range(30)]


def test_groups_in_a_file_may_stand_in_a_column(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", X=ROWS, y=LABELS, g=GROUPS[:, None])
    assert len(set(bigenough.load(tmp_path / "a.npz", groups="g").groups.tolist())) == 10  # type: ignore[union-attr]  # has groups


@pytest.mark.parametrize(
    ("labels", "kind"),
    [
        ([[1, 2], [0]] * 15, "list"),
        ([{"a": 1}] * 30, "dict"),
        (pd.Series([(1, 2)] * 30), "tuple"),
        (np.zeros(30, dtype=[("a", "f4"), ("b", "i4")]), "record"),
    ],
)
def test_labels_of_several_values_are_refused(labels: object, kind: str) -> None:
    with pytest.raises(InputError, match=rf"y.* must be one label a row, got a .*{kind}"):
        from_arrays(ROWS, labels)


def test_labels_of_several_values_in_a_file_are_refused(tmp_path: Path) -> None:
    frame = pd.DataFrame({"x": np.arange(30.0), "y": [["a"], ["b"]] * 15})
    frame.to_parquet(tmp_path / "a.parquet")
    with pytest.raises(InputError, match=r"the target 'y' of a.parquet must be one label a row, got a ndarray in place of one"):
        bigenough.load(tmp_path / "a.parquet", target="y")


@pytest.mark.parametrize("shape", [(15, 2), (), (30, 1, 1)])
def test_groups_of_other_shapes_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match=r"groups must be one label a row, got shape \("):
        from_arrays(ROWS, LABELS, groups=np.ones(shape))
