"""What a submitted script and the process that answers for the workspace send each other."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest

from azureml._answering import Answers
from azureml._in_scripts._wire import decode, encode


def refuse(value: Any) -> Any:
    raise TypeError(type(value).__name__)


def sent(value: Any) -> Any:
    return decode(json.loads(json.dumps(encode(value, refuse))), refuse)


@pytest.mark.parametrize(
    "value",
    [
        None, True, 1.5, "text", [1, [2]], (1, (2,)), {"a": {1: "b"}}, Path("x/y"), b"\xff",
        dt.datetime(2026, 1, 2, tzinfo=dt.UTC), {"$": "not a mark"},
    ],
)  # fmt: skip
def test_values_arrive_as_they_were(value: Any) -> None:
    assert sent(value) == value
    assert type(sent(value)) is type(value)


def test_numbers_of_numpy_and_frames_arrive() -> None:
    np = pytest.importorskip("numpy")
    pd = pytest.importorskip("pandas")
    assert sent(np.arange(2)) == [0, 1]
    frame = pd.DataFrame({
        "n": [1, 2], "x": [0.5, float("nan")], "s": ["a", "b"],
        "d": pd.to_datetime(["2026-01-02", None]),
    })  # fmt: skip
    assert sent(frame).equals(frame)
    assert list(sent(frame[:0]).columns) == list(frame.columns)


def test_what_has_no_content_is_not_sent() -> None:
    with pytest.raises(TypeError, match="object"):
        sent(object())


def ask(answers: Answers, what: str, **values: Any) -> dict[str, Any]:
    return answers.answer({"what": what, "cwd": str(Path.cwd()), **values})


def test_objects_go_by_number_and_errors_by_their_classes() -> None:
    answers = Answers()
    held = ask(answers, "import", module="azureml.core", name="Run")["value"]
    assert (held["kind"], held["number"]) == ("ABCMeta", 0)

    missing = ask(answers, "get", on=held, name="nothing")["error"]
    assert missing["names"] == [("builtins", "AttributeError")]
    refused = ask(answers, "import", module="azureml.core", name="Nothing")["error"]
    assert refused["names"][0] == ("builtins", "ImportError")

    kind = ask(answers, "import", module="azureml.exceptions", name="WebserviceException")["value"]
    names = [name for _, name in kind["names"]]
    assert names == ["WebserviceException", "AzureMLException", "Exception"]
    module = ask(answers, "import", module="azureml.core", name="model")["value"]
    assert decode(module, refuse) == {"module": True}
