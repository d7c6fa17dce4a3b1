"""Images of digits: those that come with scikit-learn, or MNIST from its four files."""

from __future__ import annotations

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

Images = NDArray[np.float64]
Labels = NDArray[np.int64]

# The third byte of an IDX file is the type of its numbers, 8 for unsigned bytes; the fourth, how
# many dimensions follow, each as 4 bytes ("The IDX file format" on the page of MNIST).
_UNSIGNED_BYTES = 0x08


@dataclass(frozen=True)
class Digits:
    """Images with the digits they show.

    Attributes:
        name: Where they come from, for people.
        side: Width and height of an image in pixels.
        train_images: A row of `side * side` numbers from 0 to 1 for each image.
        train_labels: 0 to 9.
    """

    name: str
    side: int
    train_images: Images
    train_labels: Labels
    test_images: Images
    test_labels: Labels


def bundled() -> Digits:
    """The 1,797 images of 8 by 8 pixels that scikit-learn carries; a fifth is for testing."""
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split

    images, labels = load_digits(return_X_y=True)
    train_x, test_x, train_y, test_y = train_test_split(
        images / 16.0, labels, test_size=0.2, random_state=42, stratify=labels
    )
    return Digits("scikit-learn's own digits", 8, train_x, train_y, test_x, test_y)


def mnist(folder: Path) -> Digits:
    """MNIST from its four files, gzipped IDX.

    Args:
        folder: Holds train-images.gz, train-labels.gz, test-images.gz and test-labels.gz.

    Raises:
        InvalidInputError: a file is missing, damaged, or holds something else.
    """
    train_images, train_labels = _pair(folder, "train")
    test_images, test_labels = _pair(folder, "test")
    if train_images.shape[1:] != test_images.shape[1:]:
        raise InvalidInputError(
            f"{folder}: images for training are {_shape(train_images)} and for testing "
            f"{_shape(test_images)}; they have to be alike.",
            code=ErrorCode.DEMO_DATA_INVALID,
        )
    return Digits(
        f"MNIST from {folder}",
        train_images.shape[1],
        _scaled(train_images),
        train_labels.astype(np.int64),
        _scaled(test_images),
        test_labels.astype(np.int64),
    )


def _pair(folder: Path, part: str) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images = _read_idx(folder / f"{part}-images.gz", dimensions=3)
    labels = _read_idx(folder / f"{part}-labels.gz", dimensions=1)
    if len(images) != len(labels):
        raise InvalidInputError(
            f"{folder}: {part}-images.gz has {len(images)} images, but {part}-labels.gz has "
            f"{len(labels)} labels.",
            code=ErrorCode.DEMO_DATA_INVALID,
            hint="Both have to come from the same data set.",
        )
    if images.shape[1] != images.shape[2]:
        raise InvalidInputError(
            f"{folder / part}-images.gz: the images are {_shape(images)}, not square.",
            code=ErrorCode.DEMO_DATA_INVALID,
        )
    if labels.size == 0 or labels.max() > 9:
        raise InvalidInputError(
            f"{folder / part}-labels.gz has to hold labels, and only the digits 0 to 9.",
            code=ErrorCode.DEMO_DATA_INVALID,
        )
    return images, labels


def _read_idx(path: Path, *, dimensions: int) -> NDArray[np.uint8]:
    try:
        with gzip.open(path) as file:
            content = file.read()
    except FileNotFoundError as error:
        raise InvalidInputError(
            f"{path} is not there.",
            code=ErrorCode.DEMO_DATA_INVALID,
            hint="The folder has to hold train-images.gz, train-labels.gz, test-images.gz and "
            "test-labels.gz.",
        ) from error
    except (OSError, EOFError, zlib.error) as error:
        raise InvalidInputError(
            f"{path} cannot be read as a gzip file: {error}", code=ErrorCode.DEMO_DATA_INVALID
        ) from error
    start = 4 + 4 * dimensions
    if content[:4] != bytes([0, 0, _UNSIGNED_BYTES, dimensions]) or len(content) < start:
        raise InvalidInputError(
            f"{path} is not an IDX file of unsigned bytes in {dimensions} dimension(s).",
            code=ErrorCode.DEMO_DATA_INVALID,
            hint="Use the files of MNIST in their own format.",
        )
    shape = struct.unpack(f">{dimensions}I", content[4:start])
    count = int(np.prod(shape, dtype=np.int64))
    if len(content) - start != count:
        raise InvalidInputError(
            f"{path} announces {count} bytes of numbers but holds {len(content) - start}.",
            code=ErrorCode.DEMO_DATA_INVALID,
            hint="It is damaged or cut off: get it again.",
        )
    return np.frombuffer(content, dtype=np.uint8, offset=start).reshape(shape)


def _scaled(images: NDArray[np.uint8]) -> Images:
    return images.reshape(len(images), -1) / 255.0


def _shape(images: NDArray[np.uint8]) -> str:
    return f"{images.shape[1]} by {images.shape[2]}"
