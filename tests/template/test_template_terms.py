"""Findings on a row that a template made name the template's row and expression."""

from pathlib import Path
from zoneinfo import ZoneInfo

from live_activity.campaign.guard_suggestions import _is_number
from live_activity.core.findings import Finding
from live_activity.core.rows import RowOrigin
from live_activity.template.bounded_environment import BoundedEnvironment
from live_activity.template.expressions import compiled
from live_activity.template.reading import read_template


def test_an_if_without_an_else_gives_nothing_if_it_is_false() -> None:
    jinja = BoundedEnvironment({})
    assert compiled("{{ 1 if gate }}", jinja)({"gate": None}) is None
    assert compiled("{{ [1 if gate, 2] }}", jinja)({"gate": None}) == [None, 2]
    assert compiled("Gate {{ 1 if gate }}!", jinja)({"gate": None}) == "Gate !"


def test_a_finding_names_the_templates_row_and_the_expression_of_its_field(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    path.write_text('rows:\n  - name: goal\n    content_state: {score: "{{ status }}"}\n')
    (row,) = read_template(str(path), zone=ZoneInfo("UTC"), split_by=[]).rows
    origin = RowOrigin(f"t.yaml, {row.place}", row.expressions)
    found = origin.explained(Finding.error("type", "is text", column="state.score"))
    assert found.message == "t.yaml, row 1 (goal, line 2): is text (in '{{ status }}')"


def test_a_number_beyond_all_bounds_suggests_no_guard() -> None:
    assert not _is_number(10**400)
    assert _is_number(3)
