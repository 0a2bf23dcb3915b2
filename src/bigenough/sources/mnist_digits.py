"""MNIST, shipped with the package: the four IDX files, recompressed, checked on every load."""

from __future__ import annotations

import hashlib
import lzma
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from bigenough.errors import BigenoughError, InputError
from bigenough.types import Dataset

# SHA-256 of the unpacked IDX files, as published with the data
CHECKSUMS = {
    "train-images-idx3-ubyte": "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
    "train-labels-idx1-ubyte": "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
    "t10k-images-idx3-ubyte": "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
    "t10k-labels-idx1-ubyte": "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
}


def _read_idx(name: str) -> NDArray[np.uint8]:
    packed = resources.files("bigenough.sources").joinpath("mnist", f"{name}.xz")
    try:
        raw = lzma.decompress(packed.read_bytes())
    except FileNotFoundError as error:
        raise BigenoughError(f"the shipped MNIST file {name}.xz is missing; install bigenough again") from error
    except lzma.LZMAError as error:
        raise BigenoughError(f"the shipped MNIST file {name}.xz is damaged ({error}); install bigenough again") from error
    if hashlib.sha256(raw).hexdigest() != CHECKSUMS[name]:
        raise BigenoughError(f"the shipped MNIST file {name}.xz has the wrong checksum; install bigenough again")
    dimensions = raw[3]
    shape = np.frombuffer(raw, ">u4", dimensions, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


@cache
def _all_digits() -> tuple[NDArray[np.uint8], NDArray[np.int64], int]:
    """Images (70000, 28, 28), labels (70000,), and how many of them are training images."""
    train, test = (_read_idx(f"{part}-images-idx3-ubyte") for part in ("train", "t10k"))
    labels = np.concatenate([_read_idx(f"{part}-labels-idx1-ubyte") for part in ("train", "t10k")])
    return np.concatenate([train, test]), labels.astype(np.int64), len(train)


def parse_digits(text: str) -> list[int]:
    """Read ``"0,1"`` as digits, in increasing order.

    Raises
    ------
    InputError
        When it is not two or more different digits.
    """
    digits = [part.strip() for part in text.split(",")]
    if not all(len(d) == 1 and d in "0123456789" for d in digits) or len(set(digits)) != len(digits) or len(digits) < 2:
        raise InputError(f"mnist takes two or more different digits, such as mnist:0,1; got {text!r}")
    return sorted(int(d) for d in digits)


def load(digits: str = "0,1,2,3,4,5,6,7,8,9") -> Dataset:
    """Load MNIST, or some of its digits.

    Parameters
    ----------
    digits : str
        Digits with commas between, such as ``"0,1"``.

    Returns
    -------
    Dataset
        X of shape (n, 28, 28), uint8, 0 (paper) to 255 (ink): the training images in file order, then the standard test
        images in file order, which are its `holdout`.

    Raises
    ------
    InputError
        `digits` is not two or more different digits.
    BigenoughError
        A shipped file does not match its published checksum.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition", Proc. IEEE
    86(11), 1998. CC BY-SA 3.0.
    """
    kept = parse_digits(digits)
    images, labels, n_train = _all_digits()
    rows = np.flatnonzero(np.isin(labels, kept))
    name = "mnist" if len(kept) == 10 else "mnist:" + ",".join(map(str, kept))
    return Dataset(
        name=name,
        X=images[rows],
        y=np.searchsorted(kept, labels[rows]),
        classes=tuple(map(str, kept)),
        kind="image",
        holdout=np.flatnonzero(rows >= n_train),
    )
