import pytest

from brygga.cli.comparison import first_difference


@pytest.mark.parametrize(
    ("expected", "got"),
    [
        ([1, 2], [1, 2]),
        (1, 1.0),
        (0.1 + 0.2, 0.3),
        ({"a": [None, True]}, {"a": [None, True]}),
        (float("nan"), float("nan")),
        (2**60 + 1, 2**60 + 1),
    ],
)
def test_alike(expected: object, got: object) -> None:
    assert first_difference(expected, got) is None


@pytest.mark.parametrize(
    ("expected", "got", "words"),
    [
        ([1, 2], [1, 3], "answer[1]: expected 2, got 3"),
        ([1], [1, 2], "answer: expected 1 items, got 2"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "answer['a']['b']: expected 1, got 2"),
        ({"a": 1}, {"b": 1}, "answer: expected the fields a, got b"),
        (True, 1, "answer: expected true, got 1"),
        (1, "1", 'answer: expected 1, got "1"'),
        ([1], {"a": 1}, 'answer: expected [1], got {"a": 1}'),
        (0.1, 0.1001, "answer: expected 0.1, got 0.1001"),
        (2**60, 2**60 + 1, f"answer: expected {2**60}, got {2**60 + 1}"),
    ],
)
def test_first_difference_is_located(expected: object, got: object, words: str) -> None:
    assert first_difference(expected, got) == words
