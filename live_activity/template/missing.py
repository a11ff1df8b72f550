"""A value that an expression uses and that does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import StrictUndefined

from live_activity.core.formatting import quoted
from live_activity.core.suggestions import did_you_mean


class Missing(StrictUndefined):
    """A missing value: any use of it is an error, which for a missing key lists the keys that there are."""

    @property
    def _undefined_message(self) -> str:
        within, name = self._undefined_obj, self._undefined_name
        if self._undefined_hint or not isinstance(within, Mapping) or not isinstance(name, str):
            return super()._undefined_message
        names = [each for each in within if isinstance(each, str)]
        near = did_you_mean(name, names)
        # In quotes, so that the findings of several rows with this fault are merged into one.
        there = quoted(", ".join(names)) if names else "nothing"
        return f"there is no {name!r} in it{near or f'; it has {there}'}"
