"""json.loads of a request's own text, alone: who is given what was read, and who is not."""

import json
import marshal
import threading
from collections.abc import Iterator
from json import loads
from typing import Any

import pytest

from brygga_server.worker.read_ahead import OwnText, ReadAhead

TEXT = '{"data": [1, 2.5, "three"]}'
# Values that the text does not have: so it shows where they come from.
VALUES = marshal.dumps({"read": ["ahead"]}, 2)


@pytest.fixture
def ahead() -> Iterator[ReadAhead]:
    decoder: Any = json._default_decoder  # type: ignore[attr-defined]
    installed = ReadAhead()
    assert installed.install()
    yield installed
    del decoder.decode


@pytest.fixture
def own(ahead: ReadAhead) -> OwnText:
    return OwnText(ahead)


def again(text: str) -> str:
    """The same text, as another object."""
    return "".join(list(text))


@pytest.mark.parametrize("function", [json.loads, loads])
def test_the_own_text_is_not_parsed_again(own: OwnText, function: Any) -> None:
    text = again(TEXT)
    own.begin(text, VALUES)
    first, second = function(text), function(text)
    assert first == second == {"read": ["ahead"]}
    assert first["read"] is not second["read"]  # a script may change what it gets
    assert not own.parsed
    own.end()
    assert function(text) == {"data": [1, 2.5, "three"]}


def test_everything_else_is(own: OwnText) -> None:
    text = again(TEXT)
    own.begin(text, VALUES)
    plain = {"data": [1, 2.5, "three"]}
    assert json.loads(again(TEXT)) == plain
    assert json.loads(text.encode()) == plain
    assert json.loads(text, parse_int=int) == plain
    assert json.loads(text, object_pairs_hook=list) == [("data", [1, 2.5, "three"])]
    assert json.JSONDecoder().decode(text) == plain
    assert not own.parsed


def test_whoever_parses_its_own_text_is_noticed(own: OwnText) -> None:
    text = again(TEXT)
    own.begin(text, None)
    seen = []
    for each in (again(TEXT), text):
        assert json.loads(each) == {"data": [1, 2.5, "three"]}
        seen.append(own.parsed)
    own.begin(again(TEXT), None)
    assert [*seen, own.parsed] == [False, True, False]


def test_errors_are_those_of_json(own: OwnText) -> None:
    text = "[1, 2,, 3]"
    own.begin(text, None)
    with pytest.raises(json.JSONDecodeError, match=r"Expecting value: line 1 column 7 \(char 6\)"):
        json.loads(text)


def test_threads_have_their_own(ahead: ReadAhead) -> None:
    texts = [again(f'[{number}, "{"x" * 50}"]') for number in range(8)]
    barrier, wrong = threading.Barrier(8), []

    def scored(number: int) -> None:
        own, text = OwnText(ahead), texts[number]
        barrier.wait()
        for _ in range(300):
            own.begin(text, marshal.dumps(number, 2))
            if json.loads(text) != number:
                wrong.append(number)
            own.end()
            if json.loads(text)[0] != number:
                wrong.append(number)

    threads = [threading.Thread(target=scored, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert not ahead.texts


def test_an_interrupted_one_is_forgotten_with_the_next(ahead: ReadAhead, own: OwnText) -> None:
    own.begin(again(TEXT), VALUES)
    own.begin(again(TEXT), VALUES)
    assert len(ahead.texts) == 1


def test_a_decoder_of_the_scripts_own_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    class Strange(json.JSONDecoder):
        pass

    monkeypatch.setattr(json, "_default_decoder", Strange())
    assert not ReadAhead().install()


def test_a_script_that_reads_json_in_its_own_way_goes_on_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    decoder: Any = json._default_decoder  # type: ignore[attr-defined]
    exact: Any = json.JSONDecoder(parse_float=str)
    with monkeypatch.context() as changed:
        changed.setattr(json, "_default_decoder", exact)
        assert not ReadAhead().install()
    with monkeypatch.context() as changed:
        changed.setattr(decoder, "scan_once", exact.scan_once)
        assert not ReadAhead().install()
    with monkeypatch.context() as changed:
        changed.setattr(json.JSONDecoder, "decode", lambda _self, text: text)
        assert not ReadAhead().install()
    assert "decode" not in vars(decoder)
