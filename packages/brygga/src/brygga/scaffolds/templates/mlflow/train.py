"""Makes the folder model: `pip install -r model/requirements.txt`, then `python train.py`.

Put a model of your own in its place, as mlflow.<flavor>.save_model writes it, or as a registry of
MLflow gives it (mlflow.artifacts.download_artifacts). Its requirements.txt names the packages.
"""

import shutil

import mlflow
import sklearn
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

iris = load_iris(as_frame=True)
model = LogisticRegression(max_iter=500).fit(iris.data, iris.target_names[iris.target])
shutil.rmtree("model", ignore_errors=True)
mlflow.sklearn.save_model(
    model,
    "model",
    signature=infer_signature(iris.data, model.predict(iris.data)),
    serialization_format="cloudpickle",
    # The small MLflow is enough to serve with. Without this line MLflow finds out by itself what
    # the model needs, and names the whole of MLflow.
    pip_requirements=[
        "mlflow-skinny",
        "cloudpickle",
        "pandas",
        f"scikit-learn=={sklearn.__version__}",
    ],
)
