"""Answers in parts, each of which is sent as soon as it is made."""

import json
import time


def init():
    """Runs once in each worker, before the first request: load the model here."""


def run(raw_data):
    """Runs for each request; what yields is streamed, as text or bytes.

    When the caller leaves, the generator is closed after the part that it is making. What takes
    long and can be awaited may as well be `async def` with `yield`.
    """
    text = json.loads(raw_data)["text"]
    for word in text.split():
        time.sleep(0.1)  # a model would think here
        yield f"{word[::-1]} "
