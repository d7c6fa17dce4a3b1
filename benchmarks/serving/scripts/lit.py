"""LitServe: one worker, requests decoded by hand."""

import os
import sys

import joblib
import litserve
import numpy as np


class Digits(litserve.LitAPI):
    def setup(self, device):
        folder = os.environ["AZUREML_MODEL_DIR"]
        self.model = joblib.load(os.path.join(folder, "sklearn_mnist_model.pkl"))

    def decode_request(self, request):
        return np.array(request["data"])

    def predict(self, data):
        return self.model.predict(data)

    def encode_response(self, output):
        return output.tolist()


if __name__ == "__main__":
    api = Digits(api_path="/score")
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=1)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False)
