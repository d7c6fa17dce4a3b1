"""Rows of files, with and without names of columns."""

from pathlib import Path

import pytest

from azureml.core import Dataset
from azureml.data import TabularDataset, dataset_type_definitions
from azureml.data.dataset_type_definitions import PromoteHeadersBehavior
from azureml.exceptions import UserErrorException

read = Dataset.Tabular.from_delimited_files


@pytest.fixture
def requests(tmp_path: Path) -> str:
    file = tmp_path / "requests.txt"
    file.write_text('{"data": [[1, 2]]}\n{"data": [[3, 4]]}\n')
    return str(file)


def test_each_line_is_a_row_where_lines_are_what_separates(requests: str) -> None:
    """The sample of a profile, as v1's notebooks make it."""
    dataset = read(
        requests,
        separator="\n",
        infer_column_types=True,
        header=dataset_type_definitions.PromoteHeadersBehavior.NO_HEADERS,
    )

    assert dataset._one_column() == ['{"data": [[1, 2]]}', '{"data": [[3, 4]]}']
    assert dataset.take(1)._one_column() == ['{"data": [[1, 2]]}']
    frame = dataset.to_pandas_dataframe()
    assert frame["Column1"].tolist() == dataset._one_column()
    kept = TabularDataset._from_definition(dataset._definition())
    assert kept._one_column() == dataset._one_column()
    assert read(requests, separator="\n")._one_column() == ['{"data": [[3, 4]]}']


@pytest.mark.parametrize(
    ("header", "names", "rows"),
    [
        (True, ["a", "b"], 2),
        (False, ["Column1", "Column2"], 4),
        (PromoteHeadersBehavior.NO_HEADERS, ["Column1", "Column2"], 4),
        (PromoteHeadersBehavior.ALL_FILES_HAVE_SAME_HEADERS, ["a", "b"], 2),
        (PromoteHeadersBehavior.COMBINE_ALL_FILES_HEADERS, ["a", "b"], 2),
        (PromoteHeadersBehavior.ONLY_FIRST_FILE_HAS_HEADERS, ["a", "b"], 3),
    ],
)
def test_which_lines_are_names(tmp_path: Path, header: object, names: list[str], rows: int) -> None:
    for name in ("1.csv", "2.csv"):
        (tmp_path / name).write_text("a,b\n1,x\n")

    frame = read(str(tmp_path / "*.csv"), header=header).to_pandas_dataframe()

    assert list(frame) == names
    assert len(frame) == rows


def test_several_columns_are_no_sample_of_a_profile(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,x\n")
    with pytest.raises(UserErrorException, match="exactly one column"):
        read(str(tmp_path / "a.csv"))._one_column()


def test_steps_are_taken_in_their_order_and_kept(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b,c\n" + "".join(f"{n},{n},{n}\n" for n in range(10)))
    whole = read(str(tmp_path / "a.csv"))

    dataset = whole.skip(2).take(5).take(7).drop_columns("c").keep_columns(["b"])
    kept = TabularDataset._from_definition(dataset._definition())

    assert dataset.to_pandas_dataframe().to_dict("list") == {"b": [2, 3, 4, 5, 6]}
    assert kept.to_pandas_dataframe().equals(dataset.to_pandas_dataframe())
    assert dataset.take(2)._one_column() == ["2", "3"]
    older = {**whole._definition(), "rows": 3}
    assert len(TabularDataset._from_definition(older).to_pandas_dataframe()) == 3


def test_the_parts_of_a_split_are_all_rows(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n" + "".join(f"{n}\n" for n in range(10)))
    whole = read(str(tmp_path / "a.csv"))

    first, rest = whole.random_split(percentage=0.8, seed=223)

    rows = [first.to_pandas_dataframe()["a"].tolist(), rest.to_pandas_dataframe()["a"].tolist()]
    assert [len(part) for part in rows] == [8, 2]
    assert sorted([*rows[0], *rows[1]]) == list(range(10))
    sample = whole.take_sample(0.8, seed=223).to_pandas_dataframe()["a"].tolist()
    assert sample == rows[0]
    left, right = whole.random_split(0.5)
    assert len(left.to_pandas_dataframe()) + len(right.to_pandas_dataframe()) == 10


def test_files_are_read_as_pandas_reads_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('a,b\n1,"two\nlines"\n')
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n')

    rows = read(str(tmp_path / "a.csv"), validate=False, support_multi_line=True)
    lines = Dataset.Tabular.from_json_lines_files(
        str(tmp_path / "a.jsonl"), validate=False, invalid_lines="drop"
    )
    files = Dataset.File.from_files(str(tmp_path / "a.csv"), validate=False)

    assert rows.keep_columns("b", validate=True).to_pandas_dataframe(
        on_error="fail", out_of_range_datetime="fail"
    )["b"].tolist() == ["two\nlines"]
    assert lines.to_pandas_dataframe()["a"].tolist() == [1]
    assert files.to_path() == ["/a.csv"]
    parquet = Dataset.Tabular.from_parquet_files(str(tmp_path / "a.csv"), validate=False)
    assert parquet._reader == "parquet"
