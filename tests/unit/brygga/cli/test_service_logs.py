"""What a terminal is shown of a log that others have written."""

import pytest

from brygga.cli.service_logs import shown


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("plain\ttext, größer 数", "plain\ttext, größer 数"),
        ("\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m"),
        ("\x1b[2Jcleared", "\\x1b[2Jcleared"),
        ("\x9b2Jcleared \x85 next", "\\x9b2Jcleared \\x85 next"),
        ("over\rwritten\x07 \u2028", "over\\x0dwritten\\x07 \\x2028"),
    ],
)
def test_only_colors_of_what_moves_a_terminal_are_left(line: str, seen: str) -> None:
    assert shown(line) == seen
