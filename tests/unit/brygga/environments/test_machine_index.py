import os
from pathlib import Path

import pytest

from brygga.environments import IndexOptions
from brygga.environments.machine_index import machine_index
from brygga.errors import InvalidInputError


def environ(home: Path, **more: str) -> dict[str, str]:
    """A machine on which only what is in `home` is configured."""
    named = home / "named.conf"
    named.touch()
    return {"HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none")} | more


def pip_conf(home: Path, text: str) -> None:
    folder = home / ".config/pip"
    folder.mkdir(parents=True)
    (folder / "pip.conf").write_text(text)


def test_nothing_is_configured() -> None:
    assert machine_index({"PIP_CONFIG_FILE": os.devnull}).options == IndexOptions()


def test_pip_configuration_is_taken_over(tmp_path: Path) -> None:
    pip_conf(
        tmp_path,
        "[global]\nindex_url = https://mirror.invalid/simple\nextra-index-url =\n"
        "    https://a.invalid/simple\n    https://b.invalid/simple\n[install]\nfind-links = /w\n",
    )
    found = machine_index(environ(tmp_path))
    assert found.options.index_url == "https://mirror.invalid/simple"
    assert found.options.extra_index_urls == (
        "https://a.invalid/simple",
        "https://b.invalid/simple",
    )
    assert found.options.find_links == ("/w",)
    assert found.variables["UV_INDEX_STRATEGY"] == "unsafe-best-match"


def test_variables_of_pip_win_over_its_files(tmp_path: Path) -> None:
    pip_conf(tmp_path, "[global]\nindex-url = https://file.invalid/simple\n")
    found = machine_index(
        environ(tmp_path, PIP_INDEX_URL="https://variable.invalid/simple", PIP_CERT="/ca.pem")
    )
    assert found.options.index_url == "https://variable.invalid/simple"
    assert found.variables == {"SSL_CERT_FILE": "/ca.pem"}


def test_uv_wins_over_pip(tmp_path: Path) -> None:
    pip_conf(tmp_path, "[global]\nindex-url = https://pip.invalid/simple\n")
    found = machine_index(environ(tmp_path, UV_DEFAULT_INDEX="https://uv.invalid/simple"))
    assert found.options == IndexOptions("https://uv.invalid/simple")


def test_a_file_of_uv_that_names_an_index_is_left_to_uv(tmp_path: Path) -> None:
    pip_conf(tmp_path, "[global]\nindex-url = https://pip.invalid/simple\n")
    (tmp_path / ".config/uv").mkdir()
    (tmp_path / ".config/uv/uv.toml").write_text('[[index]]\nurl = "https://uv.invalid/simple"\n')
    variables = environ(tmp_path, XDG_CONFIG_HOME=str(tmp_path / ".config"))
    assert machine_index(variables).options == IndexOptions()


def test_a_broken_file_of_pip_is_named(tmp_path: Path) -> None:
    pip_conf(tmp_path, "no section\n")
    with pytest.raises(InvalidInputError, match=r"pip\.conf cannot be read"):
        machine_index(environ(tmp_path))


def test_a_spec_goes_on_top_of_the_machine() -> None:
    machine = IndexOptions("https://m.invalid/simple", ("https://n.invalid/simple",))
    spec = IndexOptions(extra_index_urls=("https://torch.invalid/cpu",))
    assert spec.over(machine) == IndexOptions(
        "https://m.invalid/simple", ("https://torch.invalid/cpu", "https://n.invalid/simple")
    )


def test_credentials_are_neither_stored_nor_shown() -> None:
    index = IndexOptions("https://me:hunter2@i.invalid/simple", ("https://${TOKEN}@j.invalid/s",))
    assert "hunter2" not in repr(index)
    assert index.to_dict() == {
        "index_url": "https://i.invalid/simple",
        "extra_index_urls": ["https://${TOKEN}@j.invalid/s"],
    }
    assert index.variables({"TOKEN": "t"}) == {
        "UV_DEFAULT_INDEX": "https://me:hunter2@i.invalid/simple",
        "UV_INDEX": "https://t@j.invalid/s",
    }


def test_a_variable_that_is_not_set_is_named() -> None:
    with pytest.raises(InvalidInputError, match="variable TOKEN, which is not set"):
        IndexOptions("https://${TOKEN}@i.invalid/simple").variables({})
