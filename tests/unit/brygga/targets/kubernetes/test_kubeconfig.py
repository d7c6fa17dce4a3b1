"""Kubeconfigs: how they are put together, and what is wrong with one, said by its field."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.certificates import make_certificate

from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError
from brygga.spellings import Language, words
from brygga.targets.kubernetes.kubeconfig import find_access

SERVER = "https://127.0.0.1:6443"


def config(cluster: Any = None, user: Any = None, context: Any = None) -> dict[str, Any]:
    return {
        "clusters": [{"name": "c", "cluster": cluster or {"server": SERVER}}],
        "users": [{"name": "u", "user": user or {"token": "t"}}],
        "contexts": [{"name": "x", "context": context or {"cluster": "c", "user": "u"}}],
        "current-context": "x",
    }


def written(file: Path, data: object) -> Path:
    file.write_text(yaml.safe_dump(data))
    return file


def encoded(text: str | bytes) -> str:
    return b64encode(text.encode() if isinstance(text, str) else text).decode()


def refused(file: Path, context: str = "") -> InvalidInputError:
    with pytest.raises(InvalidInputError) as caught:
        find_access(str(file), context)
    assert caught.value.code is ErrorCode.KUBECONFIG_INVALID
    assert caught.value.message.startswith(f"The kubeconfig {file} ")
    assert caught.value.hint
    return caught.value


def of_cluster(**fields: Any) -> dict[str, Any]:
    return config(cluster={"server": SERVER, **fields})


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (of_cluster(**{"certificate-authority-data": "abc"}), "certificate-authority-data"),
        (of_cluster(**{"certificate-authority-data": "!!!"}), "certificate-authority-data"),
        (of_cluster(**{"certificate-authority-data": encoded(b"\xff")}), "authority-data"),
        (of_cluster(**{"certificate-authority-data": encoded("no PEM")}), "authority-data"),
        (of_cluster(**{"certificate-authority-data": ["a"]}), "certificate-authority-data"),
        (of_cluster(**{"certificate-authority": "missing.crt"}), "No such file"),
        (of_cluster(**{"certificate-authority": "kubeconfig"}), "certificate-authority of"),
        (config(user={"client-certificate-data": "abc"}), "client-certificate-data"),
        (config(user={"client-certificate-data": encoded("x")}), "PEM as client-certificate"),
        (config(user={"tokenFile": "missing"}), "as tokenFile, which cannot be read: No such"),
        (config(user="abc"), "no fields for the user 'u'"),
        (config(context="abc"), "no fields for the context 'x'"),
        (config(cluster="abc"), "no fields for the cluster 'c'"),
        (config(context={"cluster": "c", "user": "nobody"}), "no user 'nobody', which"),
        (config(context={"cluster": "other"}), "no cluster 'other', which the context 'x'"),
        (config(context={"user": "u"}), "a context 'x' that names no cluster"),
        (config(cluster={"insecure-skip-tls-verify": True}), "no server for the cluster 'c'"),
        (config(user={"exec": "aws"}), "exec of the user 'u'"),
        (config(user={"exec": {"command": "aws", "env": [{"name": "A"}]}}), "exec of the user"),
        (config(user={"auth-provider": {"name": "gcp"}}), "auth-provider"),
        ({**config(), "users": {"u": {}}}, "no list as users"),
        ({**config(), "users": ["u"]}, "an entry without a name in users"),
        ({**config(), "current-context": ""}, "no current context"),
        (["text"], "no fields"),
        ({}, "nothing in it"),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_the_field(
    data: object, said: str, tmp_path: Path
) -> None:
    error = refused(written(tmp_path / "kubeconfig", data))

    assert said in error.message


def test_a_user_that_is_text_is_not_repeated_for_it_may_be_a_secret(tmp_path: Path) -> None:
    error = refused(written(tmp_path / "kubeconfig", config(user="hunter2")))

    assert "hunter2" not in str(error)


@pytest.mark.parametrize(
    ("server", "proposed"),
    [
        ("10.0.0.1:6443", "https://10.0.0.1:6443"),
        ("https://", "as https://HOST:PORT."),
        ("https://a:port", "as https://HOST:PORT."),
        ("ftp://x", "as https://HOST:PORT."),
    ],
)
def test_a_server_that_is_no_url_is_refused_with_the_one_it_may_be(
    server: str, proposed: str, tmp_path: Path
) -> None:
    error = refused(written(tmp_path / "kubeconfig", config(cluster={"server": server})))

    assert "as server of the cluster 'c'" in error.message
    assert proposed in error.hint


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    assert "No such file" in refused(tmp_path / "nowhere").message
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "is no YAML" in refused(tmp_path / "binary").message


def test_a_context_that_is_missing_has_those_there_are_as_the_way_out(tmp_path: Path) -> None:
    error = refused(written(tmp_path / "kubeconfig", config()), "prod")

    assert "has no context 'prod'" in error.message
    assert words(error.advice, Language.COMMAND).endswith("as `--context x`.")
    assert error.hint.endswith("as `context='x'`.")


def test_certificates_are_taken_from_data_and_from_files(tmp_path: Path) -> None:
    certificate, key = make_certificate(tmp_path)
    text = encoded(certificate.read_bytes())
    data = config(
        cluster={"server": f"{SERVER}/", "certificate-authority-data": f"{text[:64]}\n{text[64:]}"},
        user={"client-certificate": "certificate.pem", "client-key": "key.pem"},
    )

    access = find_access(str(written(tmp_path / "kubeconfig", data)), "")

    assert access.server == SERVER
    assert access.authority == access.certificate == certificate.read_text()
    assert access.credentials().key == key.read_text()
    assert access.tls(access.credentials()).cert_store_stats()["x509"] == 1


def test_a_certificate_goes_with_its_own_key_alone(tmp_path: Path) -> None:
    certificate, _ = make_certificate(tmp_path)
    (tmp_path / "other").mkdir()
    _, other = make_certificate(tmp_path / "other")
    user = {"client-certificate": str(certificate), "client-key": str(other)}

    error = refused(written(tmp_path / "kubeconfig", config(user=user)))

    assert "client-key of the user 'u'" in error.message


def test_a_token_file_that_vanishes_later_is_named(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("t1\n")
    file = written(tmp_path / "kubeconfig", config(user={"tokenFile": "token"}))
    access = find_access(str(file), "")
    assert access.credentials().header == "Bearer t1"
    (tmp_path / "token").unlink()

    with pytest.raises(InvalidInputError, match="tokenFile"):
        access.credentials()


def test_a_helper_that_prints_no_credentials_or_is_missing_is_named(tmp_path: Path) -> None:
    for command, said in (("/bin/true", "gave none"), ("no-such-helper", "is not installed")):
        file = written(tmp_path / "kubeconfig", config(user={"exec": {"command": command}}))
        access = find_access(str(file), "")
        with pytest.raises(InvalidInputError, match=said) as caught:
            access.credentials()
        assert caught.value.code is ErrorCode.CLUSTER_UNAUTHORIZED


def test_several_files_are_one_and_the_first_to_name_something_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "token").write_text("of b")
    first = written(
        tmp_path / "first",
        {"clusters": [{"name": "c", "cluster": {"server": "https://first"}}], "users": None},
    )
    second = config(cluster={"server": "https://second"}, user={"tokenFile": "token"})
    second["contexts"].append({"name": "y", "context": {"cluster": "c"}})
    listed = [tmp_path / "missing", first, written(tmp_path / "b" / "second", second)]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, ["", *listed])))

    access = find_access("", "")

    assert access.server == "https://first"
    assert access.context == "x"
    assert access.credentials().header == "Bearer of b"
    assert find_access("", "y").credentials().header == ""
    alone = written(tmp_path / "alone", config())
    assert find_access(str(alone), "").server == SERVER
    with pytest.raises(InvalidInputError, match=r"first:.*second has no context 'z'") as caught:
        find_access("", "z")
    assert "x, y" in caught.value.hint


@pytest.mark.parametrize("context", ["", "prod"])
def test_one_without_any_context_is_refused_in_words(tmp_path: Path, context: str) -> None:
    """As kubectl itself writes one when the last context is taken out of it."""
    nothing = {"clusters": None, "contexts": None, "users": None, "current-context": ""}
    file = written(tmp_path / "config", nothing)
    assert "none that could be chosen" in refused(file, context).message
