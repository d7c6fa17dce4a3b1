"""The changelog has dated versions, the newest that of the three distributions, each said once."""

import re
import tomllib

from support.cache import ROOT

import brygga
import brygga_server

_VERSION = re.compile(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d{2}-\d{2})$", re.MULTILINE)
_ENTRY = re.compile(r"^(?=### |- )", re.MULTILINE)  # and heading


def test_the_newest_version_is_that_of_the_distributions() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    found = _VERSION.findall(text)
    assert len(found) == text.count("\n## [") - 1  # what is not released yet has no date
    assert found == sorted(found, key=lambda each: each[1], reverse=True)
    projects = [
        tomllib.loads((ROOT / f"packages/{name}/pyproject.toml").read_text("utf-8"))["project"]
        for name in ("azureml", "brygga", "server")
    ]
    versions = {brygga.__version__, brygga_server.__version__, *(p["version"] for p in projects)}
    assert versions == {found[0][0]}
    assert all(project["urls"] for project in projects)


def test_each_version_says_each_thing_once_and_in_one_place() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for version in text.split("\n## ")[1:]:
        found = [" ".join(each.split()) for each in _ENTRY.split(version)[1:]]
        twice = sorted({each for each in found if found.count(each) > 1})
        assert not twice, version.partition("\n")[0]
