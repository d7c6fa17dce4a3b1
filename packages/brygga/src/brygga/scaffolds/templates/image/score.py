"""Takes an image as it is: the request's bytes, without JSON around them."""

import io

# Comes with the server: it is in no requirements file.
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse
from PIL import Image


def init():
    """Runs once in each worker, before the first request: load the model here."""


@rawhttp
def run(request):
    """Runs for each request; request has method, headers, args and the body (get_data()).

    What is returned goes out as JSON; an AMLResponse says its status and headers itself.
    """
    if request.method != "POST":
        return AMLResponse("Send an image with POST.", 405)
    try:
        image = Image.open(io.BytesIO(request.get_data())).convert("L")
    except OSError:
        return AMLResponse("The body is no image that can be read.", 400)
    pixels = image.tobytes()
    return {"width": image.width, "height": image.height, "brightness": sum(pixels) / len(pixels)}
