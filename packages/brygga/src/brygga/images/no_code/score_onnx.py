"""Scores one ONNX model.

Takes `{"inputs": {name: tensor}}`, a tensor being nested lists, or as the old ONNX Runtime server
has it: `{"dims": ["1", "3"], "dataType": 1, "rawData": base64 of little-endian}`. What comes back
has the same form. A single input may also be given as `{"data": nested lists}`.
"""

import base64
import json
import os
from typing import Any

import numpy as np
import onnxruntime

session: Any = None

# TensorProto.DataType of the ONNX specification, and the field of the server's JSON.
_TYPES = {1: "<f4", 2: "<u1", 3: "<i1", 4: "<u2", 5: "<i2", 6: "<i4", 7: "<i8", 9: "?",
          10: "<f2", 11: "<f8", 12: "<u4", 13: "<u8"}  # fmt: skip
_FIELDS = ("floatData", "int32Data", "int64Data", "doubleData", "uint64Data")
_NAMES = {"float": "f4", "double": "f8", "float16": "f2", "int64": "i8", "int32": "i4",
          "int16": "i2", "int8": "i1", "uint64": "u8", "uint32": "u4", "uint16": "u2",
          "uint8": "u1", "bool": "?", "string": "O"}  # fmt: skip


def init() -> None:
    global session
    session = onnxruntime.InferenceSession(
        _model_file(os.environ["AZUREML_MODEL_DIR"]), providers=["CPUExecutionProvider"]
    )


def run(data: str) -> Any:
    request = json.loads(data)
    expected = {each.name: each for each in session.get_inputs()}
    given = request.get("inputs")
    if given is None:
        given = {next(iter(expected)): request["data"]}
    unknown = sorted(set(given) - set(expected))
    if unknown or set(expected) - set(given):
        raise ValueError(f"the model's inputs are {sorted(expected)}, not {sorted(given)}")
    as_protos = any(isinstance(value, dict) for value in given.values())
    tensors = {name: _tensor(value, expected[name]) for name, value in given.items()}
    names = request.get("outputFilter") or [each.name for each in session.get_outputs()]
    results = session.run(names, tensors)
    pairs = zip(names, results)
    return {"outputs": {n: _proto(np.asarray(r)) if as_protos else _plain(r) for n, r in pairs}}


def _tensor(value: Any, expected: Any) -> Any:
    kind = np.dtype(_NAMES[expected.type.partition("(")[2].rstrip(")")])
    if not isinstance(value, dict):
        return np.asarray(value, dtype=kind)
    shape = [int(each) for each in value.get("dims", ())]
    if "rawData" in value:
        wire = np.dtype(_TYPES[int(value.get("dataType", 1))])
        flat = np.frombuffer(base64.b64decode(value["rawData"]), dtype=wire)
    else:
        fields = [value[name] for name in _FIELDS if name in value]
        flat = np.asarray(fields[0] if fields else [], dtype=kind)
    return flat.astype(kind).reshape(shape)


def _proto(result: Any) -> Any:
    codes = {np.dtype(name): code for code, name in _TYPES.items()}
    little = np.ascontiguousarray(result, dtype=result.dtype.newbyteorder("<"))
    return {
        "dims": [str(each) for each in result.shape],
        "dataType": codes[np.dtype(little.dtype.str)],
        "rawData": base64.b64encode(little.tobytes()).decode(),
    }


def _plain(result: Any) -> Any:
    return result.tolist() if hasattr(result, "tolist") else result


def _model_file(folder: str) -> str:
    found = [os.path.join(p, n) for p, _, names in os.walk(folder) for n in names]
    models = [path for path in found if path.endswith(".onnx")] or found
    if len(models) != 1:
        raise RuntimeError(f"expected one model file below {folder}, found {sorted(found)}")
    return models[0]
