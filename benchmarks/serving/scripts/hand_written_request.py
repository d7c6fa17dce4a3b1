"""FastAPI without declared bodies: faster, and nothing is checked."""

import os

import joblib
import numpy as np
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

app = FastAPI()
model = joblib.load(os.path.join(os.environ["AZUREML_MODEL_DIR"], "sklearn_mnist_model.pkl"))


@app.post("/score")
async def score(request: Request) -> JSONResponse:
    data = np.array((await request.json())["data"])
    return JSONResponse(model.predict(data).tolist())
