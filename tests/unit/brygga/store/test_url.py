from pathlib import Path

import pytest

from brygga.store.url import StoreUrl, parse_url, sqlite_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("sqlite:///a/b.db", StoreUrl(file=Path("a/b.db"))),
        ("sqlite:////a/b%20c.db", StoreUrl(file=Path("/a/b%20c.db"))),
        ("sqlite+pysqlite:////a.db", StoreUrl(file=Path("/a.db"))),
        ("postgresql://h/d", StoreUrl(address="postgresql://h/d")),
        ("postgresql+psycopg://u:p@h:1/d", StoreUrl(address="postgresql://u:p@h:1/d")),
        ("postgresql:///d?host=/run/x", StoreUrl(address="postgresql:///d?host=/run/x")),
        ("postgresql://u:p/w?@h/d", StoreUrl(address="postgresql://u:p%2Fw%3F@h/d")),
        ("postgresql://h:1/d?user=a@b", StoreUrl(address="postgresql://h:1/d?user=a@b")),
        ("postgresql://[::1]:5432,b/d", StoreUrl(address="postgresql://[::1]:5432,b/d")),
    ],
)
def test_what_it_names(text: str, url: StoreUrl) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (sqlite_url(Path("/a b/c?.db")), "sqlite:////a b/c?.db"),
        (parse_url("postgresql://u@h/d"), "postgresql://u@h/d"),
        (parse_url("postgresql://u:secret@h/d"), "postgresql://u:***@h/d"),
        (parse_url("postgresql://u:se:cr%2Fet@h/d"), "postgresql://u:***@h/d"),
        (parse_url("postgresql://u:se/cr?et@h/d"), "postgresql://u:***@h/d"),
        (parse_url("postgresql://h/d?sslpassword=secret"), "postgresql://h/d?sslpassword=***"),
        (
            parse_url("postgresql:///d?user=u&password=secret"),
            "postgresql:///d?user=u&password=***",
        ),
    ],
)
def test_nobody_is_shown_a_password(url: StoreUrl, shown: str) -> None:
    assert (str(url), repr(url)) == (shown, shown)
