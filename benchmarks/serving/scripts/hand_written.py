"""What people write themselves with FastAPI: a declared body, and the call in the event loop."""

import os

import joblib
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "sklearn_mnist_model.pkl"))


class Rows(BaseModel):
    data: list[list[float]]


@app.post("/score")
async def score(rows: Rows) -> list[int]:
    return model.predict(np.array(rows.data)).tolist()
