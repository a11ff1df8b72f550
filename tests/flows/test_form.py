"""The forms in the UI: titles, words, bounds and order come from the fields' own declarations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from prefect.utilities.callables import parameter_schema

from flows.campaign import campaign
from flows.device_started import device_started
from flows.new_sheet import new_sheet
from flows.steer import steer
from live_activity.campaign import Campaign


@pytest.mark.parametrize("flow", [campaign, device_started, steer, new_sheet])
def test_every_parameter_has_a_title_and_words(flow: Callable[..., Any]) -> None:
    for name, told in parameter_schema(flow).properties.items():
        assert told["title"] != name, name
        assert told["description"], name


def test_the_mode_comes_first_and_is_a_rehearsal_and_the_rest_keeps_its_order() -> None:
    properties = parameter_schema(campaign).properties
    ordered = sorted(properties, key=lambda name: properties[name]["position"])
    assert ordered == ["mode", *Campaign.model_fields]
    assert properties["mode"]["default"] == "rehearse"
    assert properties["mode"]["enum"] == ["check", "rehearse", "test", "run"]


def test_bounds_are_in_the_form_and_what_may_stay_empty_is_one_plain_field() -> None:
    properties = parameter_schema(campaign).properties
    assert (properties["poll_seconds"]["minimum"], properties["poll_seconds"]["maximum"]) == (1, 3600)
    for told in properties.values():
        assert "anyOf" not in told
        assert told.get("default", "") is not None
    assert properties["starts_at"]["format"] == "date-time"


def test_approval_is_on_unless_somebody_switches_it_off() -> None:
    assert parameter_schema(campaign).properties["approval"]["default"] is True
