"""Artifact keys: the same in every run of a campaign, and no two campaigns share one."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from live_activity.prefect_integration.artifacts import key_of


@given(st.text(min_size=1, max_size=40), st.sampled_from(["run", "rehearse", "test"]))
def test_any_name_gives_a_key_that_prefect_takes(name: str, mode: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key_of(name, mode))


def test_a_plain_name_is_its_own_key_and_names_that_look_alike_differ() -> None:
    assert key_of("derby", "run") == "derby"
    assert key_of("derby", "rehearse") == "derby-rehearsal"
    keys = {key_of(name, "run") for name in ("derby", "Derby", "derby!", "dérby", "ダービー")}
    assert len(keys) == 5
