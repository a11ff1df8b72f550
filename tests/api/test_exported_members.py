from __future__ import annotations

import inspect

from live_activity import api
from live_activity.api import errors


def test_what_is_exported_is_there_and_sorted() -> None:
    assert api.__all__ == sorted(api.__all__)
    assert all(hasattr(api, name) for name in api.__all__)


def test_every_class_of_the_error_tree_is_exported() -> None:
    tree = {
        name
        for name, member in inspect.getmembers(errors, inspect.isclass)
        if issubclass(member, errors.ApiError) and not name.startswith("_")
    }
    assert tree <= set(api.__all__)


def test_the_tree_that_the_docstring_draws_is_the_tree() -> None:
    drawn = {line.split()[1] for line in (errors.__doc__ or "").splitlines() if line.strip().startswith("x ")}
    leaves = {
        name
        for name, member in inspect.getmembers(errors, inspect.isclass)
        if issubclass(member, errors.ApiError) and not name.startswith("_") and name != "ApiError"
    }
    assert drawn == leaves
