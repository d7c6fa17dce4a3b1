"""Rows of experiments and their runs."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from typing import Any

from brygga.store.database import Database, now
from brygga.store.rows import ExperimentRow, Metric, NewRun, RunFile, RunRow
from brygga.store.sql import equal, replaced, select
from brygga.store.tables import experiments, run_files, run_metrics, runs

_EXPERIMENT_COLUMNS = experiments.columns_but("workspace_id")
_RUN_COLUMNS = runs.columns_but("workspace_id")


class RunRows:
    """Experiments, their runs, and what those logged and kept."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def experiment(self, name: str, new_id: str) -> ExperimentRow:
        """The experiment of that name; made, with that id, where there is none."""
        values = self._database.mine(name=name, id=new_id, tags={}, created_at=now())
        where = self._database.mine(name=name)
        with self._database.writing() as transaction:
            transaction.insert_once(experiments, values)
            row = transaction.row(select(experiments, equal(where), _EXPERIMENT_COLUMNS), where)
        assert row is not None
        return ExperimentRow(**row)

    def experiments(self) -> builtins.list[ExperimentRow]:
        """All experiments, by name."""
        where = self._database.mine()
        query = select(experiments, equal(where), _EXPERIMENT_COLUMNS)
        with self._database.reading() as transaction:
            rows = [ExperimentRow(**row) for row in transaction.rows(query, where)]
        return sorted(rows, key=lambda r: r.name)

    def change_experiment(self, name: str, **values: Any) -> None:
        """Replaces columns of an experiment: `tags`, `archived_at`."""
        with self._database.writing() as transaction:
            transaction.update(experiments, values, self._database.mine(name=name))

    def delete_experiment(self, name: str) -> None:
        """Removes an experiment and its runs; idempotent."""
        with self._database.writing() as transaction:
            transaction.delete(experiments, self._database.mine(name=name))

    def add(self, new: NewRun) -> RunRow:
        """Begins a run under the next number of its experiment."""
        made = self._database.signature()
        with self._database.writing() as transaction:
            number = self._database.next_number(transaction, "run", new.experiment)
            values = vars(new) | {
                "tags": dict(new.tags),
                "properties": dict(new.properties),
                "details": dict(new.details),
            }
            transaction.insert(runs, self._database.mine(number=number, **made, **values))
        return RunRow(**values, number=number, ended_at=None, **made)

    def find(self, run: str) -> RunRow | None:
        """A run by its id; None where there is none."""
        found = self._select(id=run)
        return found[0] if found else None

    def list(
        self, experiment: str | None = None, parent: str | None = None
    ) -> builtins.list[RunRow]:
        """Runs, newest first."""
        wanted = {"experiment": experiment, "parent": parent}
        return self._select(**{k: v for k, v in wanted.items() if v is not None})

    def change(self, run: str, **values: Any) -> None:
        """Replaces columns of a run: `status`, `tags`, `properties`, `details`, `ended_at` ..."""
        with self._database.writing() as transaction:
            transaction.update(runs, values, self._database.mine(id=run))

    def log(self, run: str, metrics: Sequence[Metric]) -> None:
        """Adds metrics after those that are there."""
        key = self._database.mine(run=run)
        with self._database.writing() as transaction:
            query = f"SELECT max(position) FROM run_metrics WHERE {equal(key)}"
            last = transaction.scalar(query, key)
            rows = (
                {**key, **vars(metric), "position": position}
                for position, metric in enumerate(metrics, (last or 0) + 1)
            )
            transaction.insert(run_metrics, *rows)

    def metrics(self, run: str) -> builtins.list[Metric]:
        """What a run logged, in its order."""
        where = self._database.mine(run=run)
        query = select(run_metrics, equal(where), ("name", "kind", "value", "step"))
        with self._database.reading() as transaction:
            rows = transaction.rows(query.then("ORDER BY position"), where)
            return [Metric(**row) for row in rows]

    def keep_file(self, run: str, file: RunFile) -> None:
        """Adds a file to a run; it takes the place of one of the same path."""
        with self._database.writing() as transaction:
            values = self._database.mine(run=run, **vars(file))
            transaction.upsert(run_files, values, replaced(["sha256", "size"]))

    def files(self, run: str) -> builtins.list[RunFile]:
        """The files of a run, by path."""
        where = self._database.mine(run=run)
        query = select(run_files, equal(where), ("path", "sha256", "size"))
        with self._database.reading() as transaction:
            return sorted(RunFile(**row) for row in transaction.rows(query, where))

    def _select(self, **wanted: str) -> builtins.list[RunRow]:
        where = self._database.mine(**wanted)
        with self._database.reading() as transaction:
            query = select(runs, equal(where), _RUN_COLUMNS)
            rows = [RunRow(**row) for row in transaction.rows(query, where)]
        return sorted(rows, key=lambda r: r.created_at, reverse=True)
