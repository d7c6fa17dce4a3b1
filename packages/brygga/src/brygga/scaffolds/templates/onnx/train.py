"""Makes model.onnx: `pip install onnx scikit-learn`, then `python train.py`.

Put your own in its place: torch.onnx.export, skl2onnx, tf2onnx and others write such files.
"""

import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

iris = load_iris()
trained = LogisticRegression(max_iter=500).fit(iris.data, iris.target)
graph = helper.make_graph(
    [
        helper.make_node("Gemm", ["rows", "weights", "bias"], ["scores"]),
        helper.make_node("Softmax", ["scores"], ["probabilities"], axis=1),
    ],
    "iris",
    [helper.make_tensor_value_info("rows", TensorProto.FLOAT, ["count", 4])],
    [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["count", 3])],
    [
        numpy_helper.from_array(trained.coef_.T.astype(np.float32), "weights"),
        numpy_helper.from_array(trained.intercept_.astype(np.float32), "bias"),
    ],
)
# An opset and a format of some years ago, which every runtime of today reads.
model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
checker.check_model(model)
save(model, "model.onnx")
