"""Rows of experiments and their runs."""

from __future__ import annotations

import builtins
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from brygga.store.database import Database, insert_once, now, upsert
from brygga.store.rows import ExperimentRow, Metric, NewRun, RunFile, RunRow
from brygga.store.tables import experiments, run_files, run_metrics, runs


class RunRows:
    """Experiments, their runs, and what those logged and kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def experiment(self, name: str, new_id: str) -> ExperimentRow:
        """The experiment of that name; made, with that id, where there is none."""
        values = {
            "workspace_id": self._database.workspace_id,
            "name": name,
            "id": new_id,
            "tags": {},
            "created_at": now(),
        }
        with self._database.writing() as connection:
            connection.execute(insert_once(connection, experiments, values))
            row = connection.execute(self._experiments().where(experiments.c.name == name)).one()
        return ExperimentRow(*row)

    def experiments(self) -> list[ExperimentRow]:
        """All experiments, by name."""
        with self._database.reading() as connection:
            rows = [ExperimentRow(*row) for row in connection.execute(self._experiments())]
        return sorted(rows, key=lambda r: r.name)

    def change_experiment(self, name: str, **values: Any) -> None:
        """Replaces columns of an experiment: `tags`, `archived_at`."""
        where = sa.and_(self._database.mine(experiments), experiments.c.name == name)
        with self._database.writing() as connection:
            connection.execute(sa.update(experiments).where(where).values(**values))

    def delete_experiment(self, name: str) -> None:
        """Removes an experiment and its runs; idempotent."""
        where = sa.and_(self._database.mine(experiments), experiments.c.name == name)
        with self._database.writing() as connection:
            connection.execute(sa.delete(experiments).where(where))

    def add(self, new: NewRun) -> RunRow:
        """Begins a run under the next number of its experiment."""
        made = self._database.signature()
        with self._database.writing() as connection:
            number = self._database.next_number(connection, "run", new.experiment)
            values = vars(new) | {
                "tags": dict(new.tags),
                "properties": dict(new.properties),
                "details": dict(new.details),
            }
            connection.execute(
                sa.insert(runs).values(
                    workspace_id=self._database.workspace_id,
                    number=number,
                    **made,
                    **values,
                )
            )
        return RunRow(**values, number=number, ended_at=None, **made)

    def find(self, run: str) -> RunRow | None:
        """A run by its id; None where there is none."""
        found = self._select(runs.c.id == run)
        return found[0] if found else None

    def list(
        self, experiment: str | None = None, parent: str | None = None
    ) -> builtins.list[RunRow]:
        """Runs, newest first."""
        conditions: builtins.list[sa.ColumnElement[bool]] = [sa.true()]
        if experiment is not None:
            conditions.append(runs.c.experiment == experiment)
        if parent is not None:
            conditions.append(runs.c.parent == parent)
        return self._select(sa.and_(*conditions))

    def change(self, run: str, **values: Any) -> None:
        """Replaces columns of a run: `status`, `tags`, `properties`, `details`, `ended_at` ..."""
        where = sa.and_(self._database.mine(runs), runs.c.id == run)
        with self._database.writing() as connection:
            connection.execute(sa.update(runs).where(where).values(**values))

    def log(self, run: str, metrics: Sequence[Metric]) -> None:
        """Adds metrics after those that are there."""
        with self._database.writing() as connection:
            mine = sa.and_(self._database.mine(run_metrics), run_metrics.c.run == run)
            last = connection.scalar(sa.select(sa.func.max(run_metrics.c.position)).where(mine))
            for position, metric in enumerate(metrics, (last or 0) + 1):
                values = {"workspace_id": self._database.workspace_id, "run": run, **vars(metric)}
                connection.execute(sa.insert(run_metrics).values(**values, position=position))

    def metrics(self, run: str) -> builtins.list[Metric]:
        """What a run logged, in its order."""
        c = run_metrics.c
        query = sa.select(c.name, c.kind, c.value, c.step).where(
            self._database.mine(run_metrics), c.run == run
        )
        with self._database.reading() as connection:
            return [Metric(*row) for row in connection.execute(query.order_by(c.position))]

    def keep_file(self, run: str, file: RunFile) -> None:
        """Adds a file to a run; it takes the place of one of the same path."""
        values = {"workspace_id": self._database.workspace_id, "run": run, **vars(file)}
        changes = {"sha256": file.sha256, "size": file.size}
        with self._database.writing() as connection:
            connection.execute(upsert(connection, run_files, values, changes))

    def files(self, run: str) -> builtins.list[RunFile]:
        """The files of a run, by path."""
        c = run_files.c
        query = sa.select(c.path, c.sha256, c.size).where(
            self._database.mine(run_files), c.run == run
        )
        with self._database.reading() as connection:
            return sorted(RunFile(*row) for row in connection.execute(query))

    def _experiments(self) -> sa.Select[str, str, Any, Any, Any]:
        c = experiments.c
        return sa.select(c.name, c.id, c.tags, c.archived_at, c.created_at).where(
            self._database.mine(experiments)
        )

    def _select(self, condition: sa.ColumnElement[bool]) -> builtins.list[RunRow]:
        query = sa.select(runs).where(self._database.mine(runs), condition)
        with self._database.reading() as connection:
            rows = [_row(row) for row in connection.execute(query).mappings()]
        return sorted(rows, key=lambda r: r.created_at, reverse=True)


def _row(row: Mapping[Any, Any]) -> RunRow:
    return RunRow(**{key: value for key, value in row.items() if key != "workspace_id"})
