"""Flows of rows from files of this machine, as notebooks made them with `azureml.dataprep`."""

from pathlib import Path

import pytest

import azureml.dataprep as dprep
from azureml.core import VERSION
from azureml.exceptions import UserErrorException

pd = pytest.importorskip("pandas")


@pytest.fixture
def csv(tmp_path: Path) -> str:
    file = tmp_path / "people.csv"
    file.write_text("name,age,born\na,30,2001-02-03\nb,,2002-02-03\nc,50,x\n")
    return str(file)


def test_its_version_is_the_sdks() -> None:
    assert dprep.__version__ == VERSION


def test_columns_are_text_unless_their_types_are_inferred(csv: str) -> None:
    assert dprep.read_csv(csv).to_pandas_dataframe()["age"].tolist()[0] == "30"
    assert dprep.read_csv(csv, infer_column_types=True).head(1)["age"].tolist() == [30]
    assert dprep.auto_read_file(csv).row_count == 3


def test_steps_are_taken_when_the_rows_are_asked_for(csv: str) -> None:
    flow = (
        dprep.auto_read_file(csv)
        .drop_nulls("age")
        .filter((dprep.col("age") > 20) & dprep.col("name").is_not_null())
        .to_datetime("born")
        .rename_columns({"name": "who"})
        .sort_desc("age")
    )

    frame = flow.to_pandas_dataframe()

    assert frame["who"].tolist() == ["c", "a"]
    assert frame["born"].isna().tolist() == [True, False]
    assert flow.keep_columns(["who"]).head(1).to_dict("list") == {"who": ["c"]}
    assert list(flow.drop_columns("born").take(1).skip(1).to_pandas_dataframe()) == ["who", "age"]
    assert flow.get_profile().loc["age", "max"] == 50


def test_a_split_has_each_row_once(csv: str) -> None:
    first, rest = dprep.auto_read_file(csv).random_split(0.67, seed=3)
    names = [*first.to_pandas_dataframe()["name"], *rest.to_pandas_dataframe()["name"]]
    assert sorted(names) == ["a", "b", "c"]
    assert first.row_count == 2


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.json", '[{"x": 1}, {"x": 2}]'),
        ("a.jsonl", '{"x": 1}\n{"x": 2}\n'),
        ("a.txt", "x;y\n1;2\n2;3"),
    ],
)
def test_a_form_that_shows_is_read(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    frame = dprep.auto_read_file(str(tmp_path / name)).to_pandas_dataframe()
    assert frame["x"].tolist() == [1, 2]


def test_lines_and_frames(csv: str) -> None:
    assert dprep.read_lines(csv).row_count == 4
    frame = pd.DataFrame({"x": [2, 1, 1]})
    flow = dprep.read_pandas_dataframe(frame).distinct_rows().sort("x").to_number("x")
    assert flow.to_pandas_dataframe()["x"].tolist() == [1, 2]


def test_what_cannot_be_read_says_why(csv: str) -> None:
    with pytest.raises(UserErrorException, match="download it"):
        dprep.read_csv("https://example.org/a.csv")
    with pytest.raises(dprep.ExecutionError, match="cannot be read: 'size'"):
        dprep.read_csv(csv).filter(dprep.col("size") > 1).to_pandas_dataframe()


def test_notebooks_may_say_that_their_use_is_told() -> None:
    from azureml.telemetry import set_diagnostics_collection

    set_diagnostics_collection(send_diagnostics=True)
