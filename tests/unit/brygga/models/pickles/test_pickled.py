"""What pickles need, read from their opcodes."""

import bz2
import gzip
import lzma
import pickle
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from brygga.models.pickles import Pickled, read_pickle

_LOGISTIC = "sklearn.linear_model._logistic:LogisticRegression"


@pytest.fixture(scope="module")
def estimator() -> Any:
    rows, labels = np.random.default_rng(1).random((40, 3)), np.arange(40) % 2
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(rows, labels)


def _read(path: Path) -> Pickled:
    found = read_pickle(path)
    assert found is not None
    return found


def _is_of_the_estimator(found: Pickled) -> None:
    import sklearn

    assert found.complete
    assert found.root == "sklearn.pipeline:Pipeline"
    assert _LOGISTIC in found.classes
    assert {m.partition(".")[0] for m in found.modules} >= {"sklearn", "numpy"}
    assert found.versions == {"scikit-learn": sklearn.__version__}


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_each_protocol_is_read(tmp_path: Path, estimator: Any, protocol: int) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(estimator, protocol=protocol))
    _is_of_the_estimator(_read(path))


@pytest.mark.parametrize("compress", [0, 3, ("gzip", 3), ("bz2", 3), ("xz", 3), ("lzma", 3)])
def test_joblib_is_read_over_the_bytes_of_its_arrays(
    tmp_path: Path, estimator: Any, compress: Any
) -> None:
    objects = np.array([estimator, "text"], dtype=object)  # a pickle within the pickle
    model = {"large": np.full(5000, 0x2E), "objects": objects, "empty": np.zeros((0, 3))}
    path = tmp_path / "model.joblib"
    joblib.dump([model, estimator], path, compress=compress)
    found = _read(path)
    assert found.complete
    assert found.root is None
    assert _LOGISTIC in found.classes
    joblib.dump(estimator, path, compress=compress)
    _is_of_the_estimator(_read(path))


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bz2.compress, lzma.compress])
def test_a_compressed_pickle_is_read(
    tmp_path: Path, estimator: Any, pack: Callable[[bytes], bytes]
) -> None:
    path = tmp_path / "model"
    path.write_bytes(pack(pickle.dumps(estimator)))
    _is_of_the_estimator(_read(path))


def test_nothing_is_executed(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> Any:
            return exec, (f"open({str(tmp_path / 'touched')!r}, 'w')",)

    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(Evil()))
    assert _read(path).root == "builtins:exec"
    assert not (tmp_path / "touched").exists()


def test_modules_that_cloudpickle_and_dill_import_are_seen(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02ccloudpickle.cloudpickle\nsubimport\nX\x05\x00\x00\x00scipy\x85R.")
    assert _read(path).modules == ("cloudpickle.cloudpickle", "scipy")


def test_classes_of_the_program_itself_are_in_no_module(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02c__main__\nDoubler\n)\x81.")
    found = _read(path)
    assert found.of_main == ("Doubler",)
    assert found.modules == ()


def test_several_pickles_in_one_file_count(tmp_path: Path, estimator: Any) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps([1]) + pickle.dumps(estimator))
    assert _LOGISTIC in _read(path).classes


def test_what_torch_saves_is_read_out_of_its_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("model/data.pkl", b"\x80\x02ctorch.nn\nLinear\n)\x81X\x01\x00\x00\x000Q0.")
    assert _read(path).root == "torch.nn:Linear"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("model.onnx", b"\x08\x07\x12\x04skl2"),
        ("model.pkl", b"not a pickle at all"),
        ("model.pkl", b""),
        ("model.pkl", b"\x80\x04\xff"),
        ("model.pkl", b"\x80\x02R."),
        ("model.gz", gzip.compress(b"text", mtime=0)),
        ("model.gz", b"\x1f\x8b\x08broken"),
        ("model.zip", b"PK\x03\x04broken"),
        ("notes.txt", b"(lp0\n."),
    ],
)
def test_something_else_is_no_pickle(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    assert read_pickle(tmp_path / name) is None


def test_the_name_of_a_blob_is_given(tmp_path: Path) -> None:
    blob = tmp_path / "0a1b"
    blob.write_bytes(pickle.dumps([1], protocol=0))
    assert read_pickle(blob) is None
    found = read_pickle(blob, "model/model.pkl")
    assert found is not None
    assert found.file == "model.pkl"


def test_a_pickle_that_is_cut_short_tells_what_it_told(tmp_path: Path, estimator: Any) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(estimator)[:-20])
    found = _read(path)
    assert not found.complete
    assert _LOGISTIC in found.classes


def test_a_bound_ends_what_would_take_long(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(b"\x80\x02cfoo\nBar\n" + b"NN00" * 300_000 + b".")
    found = _read(path)
    assert not found.complete
    assert found.modules == ("foo",)


def test_names_are_text_too(tmp_path: Path) -> None:
    """Each may be long, and there may be many: together they are bounded as other text is."""
    path = tmp_path / "names.pkl"
    one = b"c" + b"m" * 60_000 + b"\nC\n0"
    path.write_bytes(b"\x80\x02" + one * 1000 + b"N.")
    found = _read(path)
    assert not found.complete
    assert sum(map(len, found.modules)) < 40 << 20
