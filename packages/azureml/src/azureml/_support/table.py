"""What of v1 is refused, warned about, or different: one table of data.

A member that is not here works as v1 documents it. `azureml._support.gate` lets the rows take
effect, `azureml._support.page` writes the page in docs/ from them, and a test holds the two and
the sources together.
"""

from __future__ import annotations

from azureml._support.row import Row, Verdict
from azureml._support.rows_deployment import DEPLOYMENT
from azureml._support.rows_pipelines import PIPELINES
from azureml._support.rows_rest import REST
from azureml._support.rows_search import SEARCH
from azureml._support.rows_training import TRAINING

__all__ = ["PARAMETERS", "REFUSED", "TABLE", "Row", "Verdict", "row"]

TABLE = (*DEPLOYMENT, *REST, *TRAINING, *SEARCH, *PIPELINES)


def _split(member: str) -> tuple[str, str | None]:
    name, bracket, parameter = member.partition("(")
    return name, parameter.removesuffix(")") if bracket else None


REFUSED = {r.member: r for r in TABLE if r.verdict is Verdict.REFUSED and "(" not in r.member}
"""By member."""

PARAMETERS: dict[str, dict[str, Row]] = {}
"""By member and parameter."""

for _row in TABLE:
    _member, _parameter = _split(_row.member)
    if _parameter is not None and _row.verdict is not Verdict.DIFFERENT:
        PARAMETERS.setdefault(_member, {})[_parameter] = _row


def row(member: str) -> Row:
    """The row of a member.

    Raises:
        KeyError: it has none.
    """
    return _BY_MEMBER[member]


_BY_MEMBER = {each.member: each for each in TABLE}
