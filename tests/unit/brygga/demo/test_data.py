import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from brygga.demo.data import bundled, mnist
from brygga.errors import InvalidInputError


def idx(*shape: int, content: bytes, magic: int | None = None) -> bytes:
    first = 0x0800 | len(shape) if magic is None else magic
    return gzip.compress(struct.pack(f">{len(shape) + 1}I", first, *shape) + content, mtime=0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for part, count in (("train", 3), ("test", 2)):
        pixels = bytes(range(4)) * count
        (tmp_path / f"{part}-images.gz").write_bytes(idx(count, 2, 2, content=pixels))
        (tmp_path / f"{part}-labels.gz").write_bytes(idx(count, content=bytes(range(count))))
    return tmp_path


def test_reads_the_four_files(folder: Path) -> None:
    digits = mnist(folder)
    assert (digits.side, digits.train_images.shape) == (2, (3, 4))
    np.testing.assert_allclose(digits.test_images[1], np.arange(4) / 255)
    assert digits.train_labels.tolist() == [0, 1, 2]


def test_bundled_digits_are_split_alike_every_time() -> None:
    first, second = bundled(), bundled()
    assert (len(first.train_labels), len(first.test_labels)) == (1437, 360)
    assert 0 <= first.train_images.min() <= first.train_images.max() <= 1
    np.testing.assert_array_equal(first.test_images, second.test_images)


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("train-images.gz", None, "train-images.gz is not there"),
        ("train-images.gz", b"not gzip", "cannot be read as a gzip file"),
        ("test-labels.gz", idx(2, content=b"\0\1")[:-9], "cannot be read as a gzip file"),
        ("train-images.gz", gzip.compress(b"", mtime=0), "is not an IDX file"),
        ("train-images.gz", idx(3, content=b"\0" * 3), "is not an IDX file"),
        ("train-images.gz", idx(3, 2, 2, content=b"\0" * 12, magic=0x0D03), "is not an IDX file"),
        ("train-images.gz", idx(3, 2, 2, content=b"\0" * 11), "announces 12 bytes"),
        ("train-labels.gz", idx(2, content=b"\0\1"), "3 images, but train-labels.gz has 2 labels"),
        ("train-labels.gz", idx(3, content=b"\0\1\x0a"), "only the digits 0 to 9"),
        ("train-images.gz", idx(3, 1, 4, content=b"\0" * 12), "not square"),
        ("test-images.gz", idx(2, 3, 3, content=b"\0" * 18), "have to be alike"),
    ],
)
def test_refuses_what_is_not_mnist_and_names_the_file(
    folder: Path, name: str, content: bytes | None, complaint: str
) -> None:
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(InvalidInputError, match=complaint) as raised:
        mnist(folder)
    assert str(folder) in raised.value.message
