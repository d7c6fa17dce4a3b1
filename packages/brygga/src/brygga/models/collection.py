"""The models of a workspace."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from brygga.arguments import checked
from brygga.error_codes import ErrorCode
from brygga.errors import InvalidInputError, NotFoundError
from brygga.hints import Argument, Hint, Verb
from brygga.markup import ShownList
from brygga.models.intake import take_in
from brygga.models.model import Model
from brygga.models.pickles import Pickled, read_pickle
from brygga.names import check_model_name, check_pairs, check_text
from brygga.store.blobs import BlobStore
from brygga.store.rows import ModelFields, ModelRow
from brygga.store.store import Store

_NAMES_SHOWN = 10


@checked
class ModelCollection:
    """Registers, finds and lists models.

    Attributes:
        rows: What the store knows of them.
        blobs: Their content.
    """

    def __init__(self, store: Store, blobs: BlobStore) -> None:
        self._store = store
        self.rows = store.models
        self.blobs = blobs

    def register(
        self,
        name: str,
        path: str | Path,
        *,
        tags: Mapping[str, str] | None = None,
        properties: Mapping[str, str] | None = None,
        description: str = "",
        framework: str | None = None,
        framework_version: str | None = None,
    ) -> Model:
        """Keeps a file or folder as the next version of a model.

        The content is copied piece by piece, so its size does not matter for memory.

        Args:
            path: A file with content, or a folder with files; executable bits are kept.
            properties: Like tags, but never to be changed.
            framework: What it was made with, as `ScikitLearn`.

        Raises:
            InvalidNameError: a name that breaks the rule for models.
            InvalidInputError: a path that is missing, empty or unreadable, or holds what is no
                plain file; a tag or property that cannot be kept.
        """
        check_model_name(name)
        if framework_version is not None and not framework:
            raise InvalidInputError(
                f"The framework's version is given ({framework_version!r}), but not the framework.",
                code=ErrorCode.FRAMEWORK_MISSING,
                hint=Hint.of("Give {} as well.", Argument(Verb.REGISTER_MODEL, "framework")),
            )
        fields = {
            "tags": check_pairs("tag", tags or {}),
            "properties": check_pairs("property", properties or {}),
        }
        for what, text in {
            "description": description,
            "framework": framework,
            "framework_version": framework_version,
        }.items():
            if text is not None:
                check_text(what, text)
        with self.blobs.keeping():
            taken = take_in(Path(path), self.blobs)
            row = self.rows.add(
                ModelFields(
                    name,
                    taken.sha256,
                    taken.size,
                    taken.files,
                    **fields,
                    description=description,
                    framework=framework,
                    framework_version=framework_version,
                )
            )
        return Model(row, self)

    def get(self, name: str, version: int | None = None) -> Model:
        """A version of a model, the latest where none is given; `get("name:3")` works too.

        Raises:
            NotFoundError: there is none; names the versions there are, or names that are near.
        """
        name, version = _reference(name, version)
        row = self.rows.find(name, version)
        if row is None:
            raise self._missing(name, version)
        return Model(row, self)

    def find(self, name: str, version: int | None = None) -> Model | None:
        """Like `get`, but None where there is none."""
        row = self.rows.find(*_reference(name, version))
        return None if row is None else Model(row, self)

    def list(
        self,
        name: str | None = None,
        *,
        tags: Iterable[str] = (),
        properties: Iterable[str] = (),
        framework: str | None = None,
        latest: bool = False,
    ) -> list[Model]:
        """The versions that fit all filters, by name and version.

        Args:
            tags: Each is `key`, or `key=value`. So too `properties`.
            latest: Only the latest version of each name, where that fits.
        """
        rows = self.rows.list(name, tuple(tags), tuple(properties), framework, latest)
        return ShownList((Model(row, self) for row in rows), _model_rows)

    def pickled(self, models: Sequence[Model | str | Path]) -> tuple[Pickled, ...]:
        """What the pickles among the files of models hold, without unpickling them.

        Args:
            models: Registered models, their references, or a `Path` of one that is not registered.

        Raises:
            NotFoundError: a model is not registered.
        """
        found = (read_pickle(path, name) for each in models for path, name in self.files(each))
        return tuple(each for each in found if each is not None)

    def files(self, given: Model | str | Path) -> Iterable[tuple[Path, str]]:
        """Where the files of a model are, and their own names."""
        if isinstance(given, Path):
            inside = sorted(given.rglob("*")) if given.is_dir() else [given]
            return [(path, path.name) for path in inside if path.is_file()]
        model = given if isinstance(given, Model) else self.get(given)
        return [(self.blobs.path_of(file.sha256), file.path) for file in model.files]

    def delete(self, row: ModelRow) -> None:
        """Removes a version, and its content where nothing else has the same; idempotent.

        Raises:
            InUseError: revisions of services use it.
        """
        self.rows.delete(row.name, row.version)
        digests = {file.sha256 for file in row.files}
        with self.blobs.collecting() as alone:
            # Somebody is taking content in that may be the same. It stays, to be swept later.
            if alone:
                for digest in digests - self._store.blobs_in_use(digests):
                    self.blobs.delete(digest)

    def _missing(self, name: str, version: int | None) -> NotFoundError:
        versions = self.rows.versions(name)
        if versions:
            return NotFoundError("model", f"{name}:{version}", [f"{name}:{v}" for v in versions])
        names = self.rows.names()
        near = difflib.get_close_matches(name, names, n=3)
        if near:
            return NotFoundError("model", name, hint=f"Did you mean {' or '.join(near)}?")
        more = ["..."] if len(names) > _NAMES_SHOWN else []
        return NotFoundError("model", name, [*names[:_NAMES_SHOWN], *more])


def _reference(name: str, version: int | None) -> tuple[str, int | None]:
    base, colon, suffix = name.partition(":")
    if colon and version is None:
        # At most nine digits: no model has more versions, and no database a larger column.
        if not (suffix.isascii() and suffix.isdigit() and len(suffix) < 10):
            raise InvalidInputError(
                f"{name!r} names no version of a model.",
                code=ErrorCode.REFERENCE_INVALID,
                hint="Write it as name:3.",
            )
        return base, int(suffix)
    return name, version


def _model_rows(found: Sequence[Model]) -> list[dict[str, object]]:
    """A table of models, as notebooks show it."""
    return [
        {
            "model": each.id,
            "size": f"{each.size:,} bytes",
            "framework": each.framework,
            "tags": each.tags,
            "registered": each.created_at,
            "description": each.description,
        }
        for each in found
    ]
