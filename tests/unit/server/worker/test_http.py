from hypothesis import given
from hypothesis import strategies as st

from brygga_server.worker.http.headers import Headers, MultiDict, parse_options
from brygga_server.worker.http.multipart import FormError, parse


@given(st.binary(max_size=300), st.text(max_size=20))
def test_any_body_is_a_form_or_a_form_error(body: bytes, boundary: str) -> None:
    try:
        form = parse(body, boundary)
    except FormError:
        return
    assert isinstance(form.fields, list)


@given(st.lists(st.tuples(st.sampled_from("ab"), st.binary().filter(lambda b: b"--X" not in b))))
def test_files_come_back_as_they_were(sent: list[tuple[str, bytes]]) -> None:
    parts = [
        b'--X\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\n%s\r\n'
        % (name.encode(), data)
        for name, data in sent
    ]
    form = parse(b"".join(parts) + b"--X--\r\n", "X")
    assert [(name, file.read()) for name, file in form.files] == sent


def test_names_of_headers_have_no_case() -> None:
    headers = Headers([("X-A", "1"), ("x-a", "2")])
    assert (headers["x-A"], headers.getlist("X-a"), "X-A" in headers) == ("1", ["1", "2"], True)
    headers["X-a"] = 3
    assert headers.items() == [("X-a", "3")]


def test_options_may_be_quoted() -> None:
    assert parse_options('a/b; n="x;\\"y"; M=z') == ("a/b", {"n": 'x;"y', "m": "z"})
    assert parse_options(None) == ("", {})


def test_a_multidict_shows_the_first_value() -> None:
    values = MultiDict([("a", "1"), ("a", "2")])
    assert (values["a"], values.getlist("a"), values.to_dict(flat=False)) == (
        "1",
        ["1", "2"],
        {"a": ["1", "2"]},
    )
    assert values.get("a", type=int) == 1
