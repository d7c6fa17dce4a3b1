"""The view of a run: what it says, as HTML, as text and as data; and that it never raises."""

from pathlib import Path
from typing import Any

import pytest

from azureml.core import Experiment, Run, Workspace
from azureml.widgets import RunDetails
from azureml.widgets._html import markup_of
from azureml.widgets._text import text_of
from azureml.widgets._view import View, view_of


@pytest.fixture
def experiment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Experiment:
    monkeypatch.setenv("BRYGGA_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return Experiment(Workspace.create("tests", show_output=False), "digits")


@pytest.fixture
def run(experiment: Experiment) -> Run:
    run = experiment.start_logging(display_name="first <try>")
    for loss in (0.5, 0.25, 0.125):
        run.log("loss", loss)
    run.log_list("accuracy", [0.1, 0.9])
    run.log("kind", "<b>rbf</b>")
    return run


def test_a_view_has_status_metrics_and_series(run: Run) -> None:
    view = view_of(run)

    assert (view.title, view.status, view.is_final) == ("digits: first <try>", "Running", False)
    assert view.series == {"loss": [0.5, 0.25, 0.125], "accuracy": [0.1, 0.9]}
    assert view.values == {"kind": "<b>rbf</b>"}
    run.fail("no more memory")
    assert (view_of(run).is_final, view_of(run).error) == (True, "no more memory")


def test_parts_of_a_search_are_sorted_by_its_metric(experiment: Experiment) -> None:
    runs = experiment.workspace._brygga.runs
    details: Any = {"search": {"metric": "auc", "goal": "maximize"}}
    search = runs.start("digits", kind="script", details=details)
    for number, auc in enumerate((0.5, 0.75, None)):
        made = runs.start(
            "digits",
            parent=search.id,
            run_id=f"{search.id}_{number}",
            details={"parameters": {"--rate": number / 10}},
        )
        if auc is not None:
            made.log("auc", auc)
            made.log("auc", auc - 0.25)

    view = view_of(Run.get(experiment.workspace, search.id))

    assert view.compared == "auc"
    assert [(p["run"], p["--rate"], p["auc"]) for p in view.parts] == [
        ("1", 0.1, 0.75), ("0", 0.0, 0.5), ("2", 0.2, None),
    ]  # fmt: skip
    assert text_of(view).splitlines()[2].split() == ["run", "status", "--rate", "auc"]


def test_html_escapes_what_runs_wrote_and_draws_series(run: Run) -> None:
    html = markup_of(view_of(run))

    assert "<b>rbf</b>" not in html
    assert "&lt;b&gt;rbf&lt;/b&gt;" in html
    assert "first &lt;try&gt;" in html
    assert html.count("<polyline") == 2
    assert "0.125 to 0.5, last 0.125" in html
    # Colours are those of whoever shows it, so that it can be read in the dark.
    assert "currentColor" in html
    assert "color:#000" not in html


def test_a_level_line_and_a_long_table_are_drawn() -> None:
    parts = [{"run": str(number)} for number in range(101)]
    view = View("a", "Running", False, 61.0, series={"flat": [1.0, 1.0]}, parts=parts, log=["x"])

    assert "1 min 1 s" in markup_of(view)
    assert "and 1 more" in markup_of(view)
    assert "and 81 more" in text_of(view)


def test_outside_of_notebooks_it_is_text_once(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    run.complete()
    capsys.readouterr()

    RunDetails(run).show()

    told = capsys.readouterr().out
    assert told.startswith("digits: first <try>: Completed (")
    assert "loss: 0.125 (3 values)" in told


def test_what_cannot_be_shown_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    RunDetails(None).show(render_lib=print)  # type: ignore[arg-type]

    assert capsys.readouterr().out.startswith("The run cannot be shown: ")


def test_its_data_are_plain(run: Run) -> None:
    data = RunDetails(run).get_widget_data()

    assert data["status"] == "Running"
    assert data["run_id"] == run.id
    assert {"name": "loss", "data": [0.5, 0.25, 0.125]} in data["run_metrics"]
    assert data["child_runs"] == []


def test_it_is_shown_anew_until_the_run_has_ended(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading

    from brygga import notebook

    shown: list[str] = []

    class Kept:
        """In the place of a notebook's output."""

        def __init__(self, content: Any) -> None:
            self._content = content

        def update(self) -> bool:
            shown.append(self._content._repr_html_())
            return True

    monkeypatch.setattr(notebook, "Output", Kept)
    RunDetails(run).show()
    (follows,) = [each for each in threading.enumerate() if each.name == f"view {run.id}"]
    run.complete()
    follows.join(30)

    assert not follows.is_alive()
    assert "Running" in shown[0]
    assert "Completed" in shown[-1]
