"""Makes model.pkl: `pip install -r requirements.txt`, then `python train.py`.

Put your own training in its place; nothing of Brygga is needed for it.
"""

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

iris = load_iris()
model = make_pipeline(StandardScaler(), LogisticRegression())
model.fit(iris.data, iris.target_names[iris.target])
joblib.dump(model, "model.pkl")
print(f"accuracy {model.score(iris.data, iris.target_names[iris.target]):.2f}")
