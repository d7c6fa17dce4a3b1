"""Which index this machine is set to: uv's own settings, else those of pip.

People behind a mirror have told pip of it, and expect that to be enough.
"""

from __future__ import annotations

import configparser
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from brygga.environments.index import IndexOptions
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError

_UV_VARIABLES = (
    "UV_DEFAULT_INDEX",
    "UV_INDEX_URL",
    "UV_INDEX",
    "UV_EXTRA_INDEX_URL",
    "UV_FIND_LINKS",
    "UV_NO_INDEX",
)
_PIP_KEYS = ("index-url", "extra-index-url", "find-links", "trusted-host", "no-index", "cert")
_TRUE = frozenset({"1", "true", "yes", "on"})


@dataclass(frozen=True)
class MachineIndex:
    """What this machine is set to.

    Attributes:
        options: The addresses.
        variables: Further environment variables for uv.
    """

    options: IndexOptions
    variables: Mapping[str, str]


def machine_index(environ: Mapping[str, str] | None = None) -> MachineIndex:
    """Reads what uv, or else pip, is set to on this machine; a few small files at most.

    Raises:
        InvalidInputError: a configuration file of pip's that cannot be read.
    """
    known = os.environ if environ is None else environ
    pip = dict(_pip_settings(known))
    certificate = pip.get("cert", "")
    variables = {}
    if certificate and "SSL_CERT_FILE" not in known:
        variables["SSL_CERT_FILE"] = str(Path(certificate).expanduser())
    if any(known.get(name) for name in _UV_VARIABLES) or _uv_file_names_an_index(known):
        return MachineIndex(_uv_options(known), variables)
    options = IndexOptions(
        index_url=pip.get("index-url") or None,
        extra_index_urls=tuple(pip.get("extra-index-url", "").split()),
        find_links=tuple(pip.get("find-links", "").split()),
        trusted_hosts=tuple(pip.get("trusted-host", "").split()),
        no_index=pip.get("no-index", "").lower() in _TRUE,
    )
    if options.extra_index_urls and "UV_INDEX_STRATEGY" not in known:
        # pip takes the best version of all its indexes, and these were given to pip.
        variables["UV_INDEX_STRATEGY"] = "unsafe-best-match"
    return MachineIndex(options, variables)


def _uv_options(environ: Mapping[str, str]) -> IndexOptions:
    return IndexOptions(
        index_url=environ.get("UV_DEFAULT_INDEX") or environ.get("UV_INDEX_URL") or None,
        extra_index_urls=tuple(
            f"{environ.get('UV_INDEX', '')} {environ.get('UV_EXTRA_INDEX_URL', '')}".split()
        ),
        find_links=tuple(p for p in environ.get("UV_FIND_LINKS", "").split(",") if p),
        trusted_hosts=tuple(environ.get("UV_INSECURE_HOST", "").split()),
        no_index=environ.get("UV_NO_INDEX", "").lower() in _TRUE,
    )


def _uv_file_names_an_index(environ: Mapping[str, str]) -> bool:
    """Whether uv's own configuration names an index; uv reads it by itself, we only stand back."""
    home = Path(environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser()
    given = environ.get("UV_CONFIG_FILE")
    files = [Path(given)] if given else [home / "uv/uv.toml", Path("/etc/uv/uv.toml")]
    return any(f.is_file() and "index" in f.read_text(errors="replace") for f in files)


def _pip_settings(environ: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Pairs of pip's settings; a later one of the same key wins."""
    for path in _pip_files(environ):
        parser = configparser.RawConfigParser()
        try:
            parser.read_string(path.read_text(encoding="utf-8"), source=str(path))
        except FileNotFoundError:
            continue
        except (OSError, UnicodeDecodeError, configparser.Error) as error:
            raise InvalidInputError(
                f"The configuration of pip in {path} cannot be read: {error}",
                code=ErrorCode.PIP_CONFIGURATION_INVALID,
                hint="Correct the file, or set UV_DEFAULT_INDEX to the address of the index.",
            ) from error
        for section in ("global", "install"):
            if parser.has_section(section):
                for key, value in parser.items(section):
                    if key.replace("_", "-") in _PIP_KEYS:
                        yield key.replace("_", "-"), value
    for key in _PIP_KEYS:
        if given := environ.get(f"PIP_{key.replace('-', '_').upper()}"):
            yield key, given


def _pip_files(environ: Mapping[str, str]) -> list[Path]:
    """Where pip looks, in its order: the machine, the person, the interpreter, the one named."""
    named = environ.get("PIP_CONFIG_FILE")
    if named == os.devnull:
        return []
    home = Path(environ.get("HOME") or "~").expanduser()
    own = Path(environ.get("XDG_CONFIG_HOME") or home / ".config")
    machine = [Path(d) for d in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":") if d]
    files = [*(d / "pip/pip.conf" for d in machine), Path("/etc/pip.conf")]
    files += [home / ".pip/pip.conf", own / "pip/pip.conf", Path(sys.prefix) / "pip.conf"]
    return [*files, Path(named)] if named else files
