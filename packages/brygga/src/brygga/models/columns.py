"""How many numbers a row has that a model takes, as a file of its framework's own says."""

from __future__ import annotations

import re
from pathlib import Path

_HEAD = 1 << 16
_MOST = 64 << 20
_LIGHTGBM = re.compile(rb"^max_feature_idx=(\d+)$", re.MULTILINE)
_XGBOOST = re.compile(rb'"num_feature"\s*:\s*"(\d{1,9})"')
_XGBOOST_BINARY = re.compile(rb"num_featureSL\x00{7}[\x01-\x09](\d{1,9})")
"""UBJSON: a key, and a text with its length as eight bytes."""


def columns_of_lightgbm(path: Path) -> int | None:
    """Of a booster that LightGBM saved; None where its head does not say."""
    with path.open("rb") as file:
        found = _LIGHTGBM.search(file.read(_HEAD))
    return None if found is None else int(found[1]) + 1


def columns_of_xgboost(path: Path) -> int | None:
    """Of a booster that XGBoost saved, as JSON or UBJSON; None where it does not say.

    It stands at the end, behind all the trees.
    """
    with path.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(max(0, size - _HEAD))
        tail = file.read()
        found = _last(tail)
        if found is None and _HEAD < size <= _MOST:
            file.seek(0)
            found = _last(file.read())
    return found


def _last(content: bytes) -> int | None:
    for pattern in (_XGBOOST, _XGBOOST_BINARY):
        found = pattern.findall(content)
        if found:
            return int(found[-1])
    return None
