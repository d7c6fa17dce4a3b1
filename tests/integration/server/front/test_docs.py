"""The page at `/docs` in a real browser: people draw, paste, drop and read there."""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import chromium, open_page
from support.front import Server, poll

KEY = "a-key-of-this-service"

DIGITS = """
import numpy as np
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.numpy_parameter_type import NumpyParameterType
from sklearn.datasets import load_digits
from sklearn.svm import SVC

def init():
    global model
    model = SVC(gamma=0.001).fit(*load_digits(return_X_y=True))

@input_schema("data", NumpyParameterType(np.zeros((1, 64))))
def run(data):
    return model.predict(data)
"""

FRUIT = """
import time
from pathlib import Path
from inference_schema.schema_decorators import input_schema
from inference_schema.parameter_types.standard_py_parameter_type import StandardPythonParameterType

def init():
    pass

def slowly():
    yield "one "
    while not Path("go").exists():
        time.sleep(0.01)
    yield "two"

@input_schema("fruit", StandardPythonParameterType([{"name": "apple", "weight": 1.5}]))
@input_schema("unit", StandardPythonParameterType("kg"))
def run(fruit, unit):
    if fruit[0]["name"] == "stone":
        raise ValueError("a stone is no fruit")
    if fruit[0]["name"] == "snail":
        return slowly()
    return [{**each, "unit": unit} for each in fruit]
"""

PICTURE = """
from azureml.contrib.services.aml_request import rawhttp
from azureml.contrib.services.aml_response import AMLResponse

def init():
    pass

@rawhttp
def run(request):
    return AMLResponse(request.get_data(), 200, {"Content-Type": request.headers["Content-Type"]})
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("digits")
    keys = {"version": 1, "keys": {"primary": hashlib.sha256(KEY.encode()).hexdigest()}}
    (folder / "keys.json").write_text(json.dumps(keys))
    with Server(folder, DIGITS, {"keys_file": str(folder / "keys.json")}) as running:
        yield running.wait_ready()


@pytest.fixture(scope="module")
def fruit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("fruit")
    with Server(folder, FRUIT, {"path_prefix": "/a/b"}) as running:
        poll_ready(running, "/a/b/ready")
        yield running


def poll_ready(server: Server, path: str) -> None:
    poll(lambda: server.call(path=path).status == 200, "it is ready")


def url(server: Server, path: str = "/docs") -> str:
    return f"http://127.0.0.1:{server.port}{path}"


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name, exact=True).first.click()


def send(page: Page) -> None:
    page.get_by_role("button", name="Send").click()


def enter(page: Page, key: str) -> None:
    page.get_by_label("Key", exact=True).last.fill(key)
    page.get_by_role("button", name="Use this key").click()


def draw(page: Page, strokes: Sequence[Sequence[tuple[float, float]]]) -> None:
    """Strokes on the paper, which goes from 0 to 1 in both directions."""
    found = page.locator("#pad").bounding_box()
    assert found is not None
    for stroke in strokes:
        for number, (x, y) in enumerate(stroke):
            at = (found["x"] + x * found["width"], found["y"] + y * found["height"])
            page.mouse.move(*at, steps=5)
            if number == 0:
                page.mouse.down()
        page.mouse.up()


def png(rows: Sequence[Sequence[int]]) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    lines = b"".join(b"\0" + bytes(row) for row in rows)
    parts = chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(lines)), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def test_digits_that_are_drawn_are_recognised(browser: Browser, digits: Server) -> None:
    seven = [[(0.28, 0.15), (0.72, 0.15), (0.45, 0.87)]]
    four = [[(0.56, 0.12), (0.25, 0.6), (0.78, 0.6)], [(0.6, 0.4), (0.6, 0.88)]]
    with open_page(browser, url(digits)) as page:
        enter(page, "wrong")
        expect(page.get_by_role("alert")).to_contain_text("not one of this service's keys")
        enter(page, KEY)
        tab(page, "Draw")
        for strokes, digit in ((seven, "7"), (four, "4")):
            page.get_by_role("button", name="Clear").click()
            draw(page, strokes)
            send(page)
            expect(page.locator("#answer .large")).to_have_text(digit)
            expect(page.locator("#status")).to_contain_text("run()")
        page.get_by_text("The request as a command").click()
        expect(page.locator("#curl")).to_contain_text(f"curl -sS {url(digits, '/score')}")
        expect(page.locator("#curl")).to_contain_text("Bearer $KEY")

        assert KEY not in page.content()
        assert page.url == url(digits)
        stored = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
        assert stored == [0, 0, ""]


def test_a_picture_becomes_the_numbers_that_run_takes(browser: Browser, digits: Server) -> None:
    """Dark on bright, as scans are, and larger than the pictures of the model."""
    from sklearn.datasets import load_digits

    found = load_digits()
    large = [
        [int(255 - 15.9 * found.images[3][y // 10][x // 10]) for x in range(80)] for y in range(80)
    ]
    with open_page(browser, url(digits)) as page:
        enter(page, KEY)
        tab(page, "Image")
        page.locator("input[type=file]").set_input_files(
            {"name": "three.png", "mimeType": "image/png", "buffer": png(large)}
        )
        expect(page.get_by_label("Dark for bright")).to_be_checked()
        send(page)
        expect(page.locator("#answer .large")).to_have_text(str(found.target[3]))


def test_a_table_that_is_pasted_comes_back_as_one(browser: Browser, fruit: Server) -> None:
    """Behind a prefix, without keys; a decimal comma is one, where tabs part the cells."""
    with open_page(browser, url(fruit, "/a/b/docs")) as page:
        tab(page, "Table")
        page.get_by_label("Table").fill("weight\tname\n2,5\tpear\n\t007\n")
        send(page)
        answer = page.locator("#answer")
        expect(answer.locator("thead")).to_have_text("nameweightunit")
        expect(answer.locator("tbody tr")).to_have_text(["pear2.5kg", "007nullkg"])

        page.get_by_label("Table").fill("size\tname\n1\tpear\n")
        send(page)
        expect(page.get_by_role("alert")).to_have_text(
            "The table has no column weight. It has size, name."
        )


def test_an_error_is_shown_in_the_words_of_the_server(browser: Browser, fruit: Server) -> None:
    with open_page(browser, url(fruit, "/a/b/docs")) as page:
        page.get_by_label("JSON").fill('{"fruit": [{"name": "stone"}], "unit": ""}')
        send(page)
        expect(page.locator("#status")).to_contain_text("500")
        expect(page.get_by_role("alert")).to_contain_text("unexpected error occurred in scoring")
        expect(page.locator("#answer")).to_contain_text("Its request id, for the log")

        page.get_by_label("JSON").fill('{"fruit": [}')
        send(page)
        expect(page.get_by_role("alert")).to_contain_text("This is not JSON")


def test_an_answer_in_parts_is_shown_as_it_comes(browser: Browser, fruit: Server) -> None:
    with open_page(browser, url(fruit, "/a/b/docs")) as page:
        page.get_by_label("JSON").fill('{"fruit": [{"name": "snail"}], "unit": ""}')
        send(page)
        expect(page.locator("#answer")).to_have_text("one")
        (fruit.folder / "go").touch()
        expect(page.locator("#answer pre")).to_have_text("one two")


def test_a_raw_script_gets_the_file_and_its_picture_is_shown(
    browser: Browser, tmp_path: Path
) -> None:
    picture = png([[0, 255, 0], [255, 0, 255]])
    with (
        Server(tmp_path, PICTURE) as server,
        open_page(browser, url(server.wait_ready())) as page,
    ):
        page.locator("input[type=file]").set_input_files(
            {"name": "small.png", "mimeType": "image/png", "buffer": picture}
        )
        send(page)
        shown = page.locator("#answer img")
        expect(shown).to_be_visible()
        assert shown.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [3, 2]


def test_it_fits_a_narrow_screen_in_light_and_in_dark(browser: Browser, fruit: Server) -> None:
    papers = set()
    for scheme in ("light", "dark"):
        options = {"viewport": {"width": 400, "height": 800}, "color_scheme": scheme}
        with open_page(browser, url(fruit, "/a/b/docs"), **options) as page:
            tab(page, "Table")
            page.get_by_label("Table").fill("\t".join("abcdefghijklmnopqrstuvwxyz"))
            width = page.evaluate("document.documentElement.scrollWidth")
            assert width <= 400
            papers.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert papers == {"rgb(255, 255, 255)", "rgb(20, 23, 26)"}
