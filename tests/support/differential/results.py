"""What a run() can return or raise: an expression of the script for each."""

PRELUDE = """
import collections, datetime, decimal, enum, json, os, sys, time

import numpy as np

class Colour(enum.Enum):
    RED = 1

class Level(enum.IntEnum):
    HIGH = 3

class Sub(dict):
    pass

class Bad:
    def __repr__(self):
        raise ValueError("no repr")
    __str__ = __repr__

class Custom(Exception):
    def __str__(self):
        raise ValueError("no str")

Point = collections.namedtuple("Point", "x y")

def loop():
    value = []
    value.append(value)
    return value

def deep(depth=5000):
    value = []
    for _ in range(depth):
        value = [value]
    return value

def throw(error):
    raise error

def response(*arguments, **more):
    from azureml.contrib.services.aml_response import AMLResponse
    return AMLResponse(*arguments, **more)

def deep_call():
    return deep_call()

def spin():
    until = time.monotonic() + 30
    while time.monotonic() < until:
        pass

def modified():
    found = response("x", 200)
    found.status_code = 203
    found.headers["X-Late"] = "yes"
    return found

def changed():
    found = response("x", 200)
    found.set_data("other")
    return found
"""

RESULTS = {
    "str": '"text"',
    "empty str": '""',
    "json text": "json.dumps([7, 2])",
    "unicode": '"gr\\u00f6n \\u2603 \\U0001f600"',
    "surrogate": '"\\ud800"',
    "quotes": "'a\"b\\\\c\\n\\t\\x00\\x7f'",
    "html": "\"<a href='x'>&</a>\"",
    "list": '[1, 2.5, "x", None, True]',
    "empty list": "[]",
    "nested": '{"a": [{"b": []}]}',
    "dict": '{"b": 1, "a": {"c": [1, 2]}}',
    "empty dict": "dict()",
    "int keys": "{1: 2, None: 3, True: 4, 1.5: 5}",
    "tuple keys": "{(1, 2): 3}",
    "mixed keys": '{"a": 1, 2: 3}',
    "tuple": "(1, (2, 3))",
    "named tuple": "Point(1, 2)",
    "ordered": "collections.OrderedDict(b=1, a=2)",
    "default dict": "collections.defaultdict(int, a=1)",
    "dict subclass": "Sub(a=1)",
    "counter": 'collections.Counter("aab")',
    "None": "None",
    "true": "True",
    "false": "False",
    "int": "42",
    "negative": "-1",
    "big int": "10 ** 40",
    "float": "0.1",
    "tiny": "5e-324",
    "huge": "1e308",
    "whole float": "2.0",
    "nan": 'float("nan")',
    "inf": 'float("inf")',
    "minus inf": 'float("-inf")',
    "nan in list": '[1.0, float("nan")]',
    "minus zero": "-0.0",
    "enum": "Colour.RED",
    "int enum": "Level.HIGH",
    "set": "{1}",
    "frozenset": "frozenset([1])",
    "bytes": 'b"raw"',
    "bytearray": 'bytearray(b"raw")',
    "memoryview": 'memoryview(b"raw")',
    "object": "object()",
    "bad repr": "Bad()",
    "class": "Bad",
    "function": "len",
    "lambda": "loop",
    "generator": "(n for n in range(3))",
    "range": "range(3)",
    "iterator": "iter([1])",
    "datetime": "datetime.datetime(2020, 1, 2)",
    "date": "datetime.date(2020, 1, 2)",
    "decimal": 'decimal.Decimal("1.5")',
    "complex": "1j",
    "circular": "loop()",
    "deep": "deep()",
    "exception as value": 'ValueError("x")',
    "big": '"x" * 300000',
    "np float64": "np.float64(1.5)",
    "np float32": "np.float32(1.5)",
    "np int64": "np.int64(3)",
    "np bool": "np.bool_(True)",
    "np str": 'np.str_("x")',
    "np array": "np.arange(3)",
    "np array in dict": '{"y": np.zeros((2, 2))}',
    "np list": "np.arange(3).tolist()",
    "np nan": 'np.float64("nan")',
    "np float64 list": "[np.float64(1.5)]",
    "raise ValueError": 'throw(ValueError("wrong"))',
    "raise KeyError": 'throw(KeyError("k"))',
    "raise Exception": "throw(Exception())",
    "raise without str": "throw(Custom())",
    "raise StopIteration": "throw(StopIteration())",
    "raise MemoryError": "throw(MemoryError())",
    "raise RecursionError": "deep_call()",
    "raise OSError": 'open("/nowhere/at/all")',
    "raise AssertionError": "throw(AssertionError())",
    "raise TimeoutError": 'throw(TimeoutError("mine"))',
    "raise ExceptionGroup": 'throw(ExceptionGroup("g", [ValueError(1)]))',
    "raise GeneratorExit": "throw(GeneratorExit())",
    "raise BaseException": 'throw(BaseException("b"))',
    "raise KeyboardInterrupt": "throw(KeyboardInterrupt())",
    "exit 0": "sys.exit(0)",
    "exit 1": "sys.exit(1)",
    "exit text": 'sys.exit("bye")',
    "sleep": "time.sleep(30)",
    "spin": "spin()",
    "short sleep": 'time.sleep(0.05) or "slept"',
    "response text": 'response("hi", 200)',
    "response 201": 'response("made", 201)',
    "response 204": 'response("", 204)',
    "response 304": 'response("", 304)',
    "response 400": 'response({"e": 1}, 400, json_str=True)',
    "response 404": 'response("none", 404)',
    "response 418": 'response("tea", 418)',
    "response 499": 'response("x", 499)',
    "response 500": 'response("x", 500)',
    "response 503": 'response("x", 503)',
    "response 599": 'response("x", 599)',
    "response 301": 'response("", 301, {"Location": "http://x.org/"})',
    "response json": 'response({"a": [1]}, 200, json_str=True)',
    "response json text": 'response("a", 200, json_str=True)',
    "response json nan": 'response(float("nan"), 200, json_str=True)',
    "response None": "response(None, 200)",
    "response None 500": "response(None, 500)",
    "response bytes": 'response(b"\\x00\\xff", 200)',
    "response bytes type": 'response(b"\\x00\\xff", 200, {"Content-Type": "image/png"})',
    "response lower type": 'response("x", 200, {"content-type": "text/csv"})',
    "response json type": 'response({"a": 1}, 200, {"Content-Type": "text/x-json"}, True)',
    "response repeated": 'response("x", 200, {"X-A": "1, 2,3"})',
    "response cookie": 'response("x", 200, {"Set-Cookie": "a=b"})',
    "response x header": 'response("x", 200, {"x-mine": "v", "X-Other": "w w"})',
    "response own id": 'response("x", 200, {"x-request-id": "mine"})',
    "response own exec": 'response("x", 200, {"x-ms-run-fn-exec-ms": "1"})',
    "response own version": 'response("x", 200, {"x-ms-server-version": "me/1"})',
    "response own client id": 'response("x", 200, {"x-ms-client-request-id": "mine"})',
    "response failed": 'response("x", 200, run_function_failed=True)',
    "response failed 500": 'response("x", 500, run_function_failed=True)',
    "response own failed": 'response("x", 200, {"x-ms-run-function-failed": "maybe"})',
    "response own length": 'response("xyz", 200, {"Content-Length": "3"})',
    "response number": "response(7, 200)",
    "response list": 'response(["a", "b"], 200)',
    "response dict": 'response({"a": 1}, 200)',
    "response unicode": 'response("gr\\u00f6n", 200)',
    "response text status": 'response("x", "202 Fine")',
    "response number header": 'response("x", 200, {"X-N": 5})',
    "response line break": 'response("x", 200, {"X-A": "a\\r\\nX-B: b"})',
    "response empty header": 'response("x", 200, {"X-A": ""})',
    "response in list": '[response("x", 200)]',
    "response modified": "modified()",
    "response data": "changed()",
    "response generator": 'response((p for p in ("a", "b")), 200)',
    "response unicode header": 'response("x", 200, {"X-A": "gr\\u00f6n"})',
    "response allow": 'response("x", 405, {"Allow": "GET"})',
    "response cors": 'response("x", 200, {"Access-Control-Allow-Origin": "http://mine.org"})',
    "response trace": 'response("x", 200, {"TraceId": "mine"})',
    "print": 'print("said") or "printed"',
    "environ": 'sorted(n for n in os.environ if n.startswith(("AML", "AZURE", "WORK")))',
}


def table() -> str:
    """The results as the source of a dictionary of functions."""
    rows = (f"    {name!r}: lambda: {expression}," for name, expression in RESULTS.items())
    return "\n".join(["DO = {", *rows, "}"])
