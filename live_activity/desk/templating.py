"""Renders the desk's templates; all values are escaped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from live_activity.core.findings import what_and_fix
from live_activity.core.formatting import count_of
from live_activity.desk.card_view import card_style


def render(name: str, **values: Any) -> str:
    """Renders a template as HTML."""
    return _environment().get_template(name).render(**values)


@cache
def static_file(name: str) -> str | None:
    """A file that pages load; None if there is no file of that name."""
    if name == "cards.css":
        return card_style()
    if name not in ("desk.css", "desk.js"):
        return None
    return files("live_activity.desk").joinpath("static", name).read_text("utf-8")


def age(moment: datetime | None) -> Markup | str:
    """How long ago a moment is; `desk.js` keeps it current."""
    if moment is None:
        return "never"
    seconds = (datetime.now(UTC) - moment).total_seconds()
    return Markup('<time class="age" datetime="{}" data-age>{}</time>').format(
        moment.astimezone(UTC).isoformat(timespec="seconds"), spelled_age(seconds)
    )


def until(moment: datetime) -> Markup:
    """How long it is until a moment; `desk.js` keeps it current."""
    seconds = (moment - datetime.now(UTC)).total_seconds()
    return Markup('<time class="age" datetime="{}" data-until>{}</time>').format(
        moment.astimezone(UTC).isoformat(timespec="seconds"),
        f"in {spelled_age(seconds)}" if seconds > 0 else "now",
    )


def spelled_age(seconds: float) -> str:
    """An age in words; `desk.js` spells it the same way."""
    if seconds < 100:
        return f"{max(0, int(seconds))} s"
    if seconds < 100 * 60:
        return f"{int(seconds / 60)} min"
    if seconds < 48 * 3600:
        return f"{int(seconds / 3600)} h"
    return f"{int(seconds / 86400)} d"


def moment(value: datetime | None, zone: ZoneInfo | None = None) -> Markup | str:
    """A moment in the campaign's zone."""
    if value is None:
        return "—"
    local = value.astimezone(zone or UTC)
    return Markup('<time datetime="{}">{}</time>').format(
        value.astimezone(UTC).isoformat(timespec="seconds"), f"{local:%Y-%m-%d %H:%M:%S}"
    )


def as_json(value: Any) -> str:
    """A value as a person reads it."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("live_activity.desk", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        age=age,
        until=until,
        moment=moment,
        what_and_fix=what_and_fix,
        shown=as_json,
        count=lambda number: f"{number:,}",
        words=lambda text: str(text).replace("_", " "),
    )
    environment.globals.update(count_of=count_of)
    return environment
