from pathlib import Path

import numpy as np
from matplotlib.image import imread

from brygga.demo.figures import error_rates, save_confusion, save_strip


def test_errors_are_shares_of_their_row_without_the_diagonal() -> None:
    rates = error_rates(np.array([[8, 2, 0], [0, 5, 0], [0, 0, 0]]))
    assert rates.tolist() == [[0, 0.2, 0], [0, 0, 0], [0, 0, 0]]


def test_confusion_is_drawn(tmp_path: Path) -> None:
    save_confusion(np.array([[8, 2], [1, 9]]), tmp_path / "conf.png")
    assert imread(tmp_path / "conf.png").std() > 0


def test_only_wrong_answers_are_inverted_and_in_red(tmp_path: Path) -> None:
    images = np.zeros((2, 16))
    images[:, 5] = 1
    labels = np.array([3, 4])

    def drawn(answers: list[int]) -> np.ndarray:
        path = tmp_path / "strip.png"
        save_strip(images, labels, np.array(answers), 4, path)
        return np.asarray(imread(path))[:, :, :3]

    def reds(picture: np.ndarray) -> int:
        return int(((picture[..., 0] > 0.9) & (picture[..., 1] < 0.1)).sum())

    right, wrong = drawn([3, 4]), drawn([3, 7])
    assert reds(right) == 0 < reds(wrong)
    half = right.shape[1] // 2
    np.testing.assert_array_equal(right[:, :half], wrong[:, :half])
    assert wrong[:, half:].mean() < right[:, half:].mean()
