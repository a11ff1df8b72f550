from __future__ import annotations

import pytest

from live_activity.core.formatting import without_escapes


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("no escapes, [31m] and é", "no escapes, [31m] and é"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;new title\x07text", "text"),
        ("\x1b]8;;https://evil.test\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPdevice\x1b\\text", "text"),
        ("\x9b2Jgone", "gone"),
        ("\x9d0;title\x9ctext", "text"),
        ("\x1bcreset", "reset"),
        ("not terminated \x1b]0;title\nnext line", "not terminated \nnext line"),
        ("ends in \x1b", "ends in "),
        ("\x1b[", ""),
    ],
)
def test_escape_sequences_of_terminals_are_removed(text: str, plain: str) -> None:
    assert without_escapes(text) == plain
