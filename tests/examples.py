"""How many examples a slow property test runs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import settings

# `make properties` sets it.
ALL_EXAMPLES = os.environ.get("TESTS_EXAMPLES") == "all"
_SHARE = 5

Test = TypeVar("Test", bound=Callable[..., None])


def share_of(count: int) -> int:
    """Returns `count` in `make properties`, and a fifth of it elsewhere."""
    return count if ALL_EXAMPLES else max(1, count // _SHARE)


def many_examples(count: int, **others: Any) -> Callable[[Test], Test]:
    """Marks a slow property test with `count` examples: `make test` runs a fifth of them.

    `others` are further Hypothesis settings, such as `deadline`.
    """

    def decorate(test: Test) -> Test:
        marked: Test = pytest.mark.many_examples(test)
        return settings(max_examples=share_of(count), **others)(marked)

    return decorate
