"""Templates make a timeline of a source's rows, in each language, with errors that name the place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from live_activity.campaign.campaign_timeline import contract_of, timeline_of
from live_activity.campaign.contract_check import bad_rows
from live_activity.campaign.model import read_campaign
from live_activity.campaign.paths import resolved
from live_activity.cli.main import main
from live_activity.core.findings import InvalidInput
from live_activity.core.yaml_file import read_yaml
from live_activity.timeline import FirstSeen, Timeline

NOW = datetime(2026, 7, 19, 12, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "examples"
ONE_ROW = "rows:\n  - event: start\n    title: Hi\n    message: there\n    content_state:\n"


def timeline(
    folder: Path,
    template: str,
    source: str = "day,dep,late,gate\n2013-02-08,534,20,\n",
    *,
    source_name: str = "source.csv",
    texts: str | None = None,
    split_by: Sequence[str] = (),
    contract: str | None = None,
) -> Timeline:
    (folder / source_name).write_text(source, "utf-8")
    (folder / "template.yaml").write_text(template, "utf-8")
    values: dict[str, Any] = {
        "name": "day",
        "activity_type": "DayAttributes",
        "segment": "people.csv",
        "timeline": source_name,
        "template": "template.yaml",
        "split_by": list(split_by),
    }
    if texts is not None:
        (folder / "texts.csv").write_text(texts, "utf-8")
        values["texts"] = "texts.csv"
    if contract is not None:
        (folder / "Day.swift").write_text(contract, "utf-8")
        values["contract"] = "Day.swift"
    campaign = resolved(read_campaign(values, where="test"), str(folder))
    return timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), contract=contract_of(campaign))


def state(folder: Path, field: str, source: str = "day,dep,late,gate\n2013-02-08,534,20,\n") -> Any:
    read = timeline(folder, f"{ONE_ROW}      {field}\n      always: 1\n", source)
    assert not [finding for finding in read.findings if finding.severity == "error"], read.findings
    return dict(read.rows[0].content.state)


def problem(folder: Path, template: str, **more: Any) -> str:
    (finding,) = [each for each in timeline(folder, template, **more).findings if each.severity == "error"]
    return str(finding)


def test_an_expression_keeps_its_type_and_mixed_text_is_text(tmp_path: Path) -> None:
    assert state(tmp_path, 'x: "{{ late | int + 1 }}"')["x"] == 21
    assert state(tmp_path, "x: \"{{ late == '20' }}\"")["x"] is True
    assert state(tmp_path, 'x: "{{ [1, 2] }}"')["x"] == [1, 2]
    assert (
        state(tmp_path, "x: \"{{ '%d * of %05d people: %.1f%%' % (7, 600000, 0.5) }}\"")["x"]
        == "7 * of 600000 people: 0.5%"
    )
    assert state(tmp_path, 'x: "{{ 700000 % 600000 }}"')["x"] == 100_000
    assert (
        state(tmp_path, "x: \"{% for a in 'ab' %}{{ a }}{{ loop.index }}/{{ loop.length }} {% endfor %}\"")[
            "x"
        ]
        == "a1/2 b2/2"
    )
    assert state(tmp_path, 'x: "in {{ late }} min"')["x"] == "in 20 min"
    assert state(tmp_path, "x: \"{% if late == '20' %}late{% endif %}\"")["x"] == "late"


def test_an_iterator_in_an_expression_can_be_used_twice(tmp_path: Path) -> None:
    template = (
        "let:\n  chosen: \"{{ ['a', 'b'] | reject('eq', 'a') }}\"\n"
        'rows:\n  - at: 0m\n    content_state: {one: "{{ chosen }}", other: "{{ chosen }}"}\n'
    )
    (row,) = timeline(tmp_path, template).rows
    assert row.content.state == {"one": ["b"], "other": ["b"]}


def test_text_is_read_as_a_cell_is_and_what_is_empty_is_not_sent(tmp_path: Path) -> None:
    assert state(tmp_path, 'x: "{{ late }}"')["x"] == 20
    assert state(tmp_path, 'x: "{{ dep.zfill(4) }}"')["x"] == "0534"
    assert "x" not in state(tmp_path, 'x: "{{ gate }}"')
    assert "x" not in state(tmp_path, 'x: "{{ none }}"')


def test_a_contract_decides_what_a_templates_text_means(tmp_path: Path) -> None:
    swift = (
        "struct DayAttributes: ActivityAttributes { struct ContentState: Codable, Hashable "
        "{ var flight: String; var late: Int } }"
    )
    read = timeline(
        tmp_path, f'{ONE_ROW}      flight: "{{{{ dep }}}}"\n      late: "{{{{ late }}}}"\n', contract=swift
    )
    assert dict(read.rows[0].content.state) == {"flight": "534", "late": 20}


def test_one_source_row_becomes_the_rows_whose_condition_holds(tmp_path: Path) -> None:
    template = """
let:
  planned: "{{ dep | hhmm(day, 'America/New_York') }}"
rows:
  - event: start
    at: "{{ planned | minus(hours=3) }}"
    title: "{{ dep }}"
    message: m
    content_state: {status: scheduled}
  - when: late | int >= 15
    at: "{{ planned }}"
    content_state: {status: delayed}
  - when: "{{ late == 'NA' }}"
    at: "{{ planned }}"
    content_state: {status: cancelled}
"""
    read = timeline(tmp_path, template)
    assert [(row.at, row.content.state["status"]) for row in read.rows] == [
        (datetime(2013, 2, 8, 7, 34, tzinfo=UTC), "scheduled"),
        (datetime(2013, 2, 8, 10, 34, tzinfo=UTC), "delayed"),
    ]
    assert read.rows[0].content.title == "534"


def test_a_row_repeats_for_each_element_of_a_list(tmp_path: Path) -> None:
    template = """
rows:
  - for_each: goals
    at: "{{ item.minute }}m"
    content_state: {score: "{{ index + 1 }}", scorer: "{{ item.name }}"}
"""
    source = '[{"goals": [{"minute": 4, "name": "A"}, {"minute": 9, "name": "B"}]}, {"goals": []}]'
    read = timeline(tmp_path, template, source, source_name="matches.json")
    assert [dict(row.content.state) for row in read.rows] == [
        {"score": 1, "scorer": "A"},
        {"score": 2, "scorer": "B"},
    ]


TEXTS = "key,en,tr\nleft,Left {where} at {time},{where} saat {time}\nok,OK,OK\n"


def by_language(read: Timeline) -> list[tuple[Mapping[str, str], str | None]]:
    return [(dict(row.key), row.content.message) for row in read.rows]


def test_words_come_in_the_activitys_language_and_what_is_the_same_in_all_is_one_row(tmp_path: Path) -> None:
    template = """
rows:
  - at: 0m
    message: "{{ t('left', where='Gate 2', time=dep) }}"
    content_state: {a: 1}
"""
    read = timeline(tmp_path, template, texts=TEXTS, split_by=["language"])
    assert by_language(read) == [
        ({"language": "en"}, "Left Gate 2 at 534"),
        ({"language": "tr"}, "Gate 2 saat 534"),
    ]
    same = timeline(
        tmp_path,
        template.replace("t('left', where='Gate 2', time=dep)", "t('ok')"),
        texts=TEXTS,
        split_by=["language"],
    )
    assert by_language(same) == [({}, "OK")]


def test_what_is_wrong_in_every_language_is_reported_once(tmp_path: Path) -> None:
    template = (
        "rows:\n  - at: 0m\n    event: start\n    title: T\n    message: \"{{ t('ok') }}\"\n"
        '    content_state: {gate: "{{ gate }}", words: "{{ language }}"}\n'
    )
    contract = (
        "struct DayAttributes: ActivityAttributes { struct ContentState: Codable, Hashable "
        "{ var gate: String; var words: String } }"
    )
    read = timeline(tmp_path, template, texts=TEXTS, split_by=["language"], contract=contract)
    found = [finding.code for finding in read.findings if finding.severity == "error"]
    assert len(found) == len(set(found)) == 2


def test_a_source_row_that_names_its_language_is_written_in_that_one(tmp_path: Path) -> None:
    template = (
        "rows:\n  - at: 0m\n    message: \"{{ t('left', where=1, time=2) }}\"\n    content_state: {a: 1}\n"
    )
    read = timeline(tmp_path, template, "language,x\ntr,1\n", texts=TEXTS, split_by=["language"])
    assert by_language(read) == [({"language": "tr"}, "1 saat 2")]


def test_without_a_split_by_language_the_first_one_is_written(tmp_path: Path) -> None:
    read = timeline(
        tmp_path,
        "rows:\n  - at: 0m\n    message: \"{{ t('ok') }}\"\n    content_state: {a: 1}\n",
        texts=TEXTS,
    )
    assert by_language(read) == [({}, "OK")]


FAULTS = {
    "a column that is not there": (
        'x: "{{ dpe }}"',
        ["row 1", "rows[1].content_state.x", "'dpe'", "dep?", "{{ dpe }}"],
    ),
    "a time that is none": ('x: "{{ gate | hhmm(day) }}"', ["row 1", "not a time of day", "hhmm(day)"]),
    "a number that is none": ('x: "{{ day | number }}"', ["'2013-02-08' is not a number"]),
    "a text without texts": ("x: \"{{ t('a') }}\"", ["add 'texts: FILE'"]),
    "the sandbox": ('x: "{{ dep.__class__.__mro__ }}"', ["unsafe"]),
    "too much": ("x: \"{{ 'x' * 10 ** 9 }}\"", ["too large"]),
    "a column that is not there, by the row": ("x: \"{{ row['gaet'] }}\"", ["'gaet'", "did you mean gate?"]),
    "what is not there, inside of a list": ('x: "{{ [late, dpe] }}"', ["'dpe'", "dep?"]),
    "what is not a value": ('x: "{{ row.keys() }}"', ["content_state.x", "| list"]),
    "text that begins like JSON": ("x: \"{{ '{a' }}\"", ["content_state.x", "not valid JSON"]),
    "too wide": ('x: "{{ late | center(10 ** 9) }}"', ["too large"]),
    "too wide by a method": ('x: "{{ late.rjust(10 ** 9) }}"', ["too large"]),
    "too wide by a format": ("x: \"{{ '%0999999999d' % 1 }}\"", ["too large"]),
    "too wide by another format": ("x: \"{{ '{:>999999999}'.format(1) }}\"", ["too large"]),
    "too wide by a width in a width": ("x: \"{{ '{:>{w}}'.format(1, w=10**9) }}\"", ["too large"]),
    "too wide by a star": ("x: \"{{ '%*d' | format(10**9, 1) }}\"", ["too large"]),
    "too wide by a named conversion": ("x: \"{{ '%(n)0999999999d' | format(n=1) }}\"", ["too large"]),
    "too wide by the operator's star": ("x: \"{{ '%*d' % (10**9, 1) }}\"", ["too large"]),
    "too deeply rounded": ("x: \"{{ 1.5 | round(10 ** 9, 'ceil') }}\"", ["too large"]),
    "lists that double": (
        'x: "{% set n = namespace(a=[1, 2]) %}{% for i in range(60) %}{% set n.a = n.a + n.a %}{% endfor %}"',
        ["too large"],
    ),
    "text that doubles": (
        "x: \"{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a = n.a ~ n.a %}{% endfor %}\"",
        ["too large"],
    ),
    "text that doubles by sums": (
        "x: \"{% set n = namespace(a='ab') %}{% for i in range(60) %}{% set n.a = n.a + n.a %}{% endfor %}\"",
        ["too large"],
    ),
    "numbers that square": (
        'x: "{% set n = namespace(a=7) %}{% for i in range(60) %}{% set n.a = n.a * n.a %}{% endfor %}"',
        ["too large"],
    ),
    "a sum of lists": ("x: \"{{ ([['a'] * 99999] * 9) | sum(start=[]) }}\"", ["too large"]),
    "a joined text": ("x: \"{{ (['a' * 99999] * 9) | join }}\"", ["too large"]),
    "a method that joins": ("x: \"{{ ('b' * 9999).join(['a'] * 99) }}\"", ["too large"]),
    "a replacement": ("x: \"{{ ('a' * 9999) | replace('a', 'b' * 9999) }}\"", ["too large"]),
    "a method that replaces": ("x: \"{{ ('a' * 9999).replace('a', 'b' * 9999) }}\"", ["too large"]),
    "a macro that calls itself": (
        'x: "{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(1) }}"',
        ["calls itself without an end"],
    ),
    "a macro that calls itself twice": (
        'x: "{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}"',
        ["calls functions and macros more than"],
    ),
    "a filter that is none, at row time": ("x: \"{{ [1] | map('numbr') | list }}\"", ["numbr"]),
    "text compared with a number": ('x: "{{ late > 15 }}"', ["write NAME | number"]),
    "text added to a number": ('x: "{{ late + 15 }}"', ["write NAME | number"]),
    "a range too wide": ('x: "{{ range(10 ** 9) | list }}"', ["Range too big"]),
    "loops in loops": (
        'x: "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}"',
        ["run more than 1,000,000 times"],
    ),
    "an unknown zone": ("x: \"{{ dep | hhmm(day, 'America/NewYork') }}\"", ["America/New_York"]),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_error_names_the_source_row_the_field_and_the_expression(tmp_path: Path, fault: str) -> None:
    field, expected = FAULTS[fault]
    said = problem(tmp_path, f"{ONE_ROW}      {field}\n")
    assert "\n" not in said
    for words in ("source.csv", "template.yaml", *expected):
        assert words in said


def test_a_source_row_with_an_error_becomes_no_row_and_the_others_stay(tmp_path: Path) -> None:
    template = (
        'rows:\n  - at: "{{ n | int }}m"\n    content_state: {n: "{{ n | number }}"}\n'
        "  - at: 9m\n    content_state: {a: 1}\n"
    )
    read = timeline(tmp_path, template, "n\n1\nx\n3\n")
    assert [row.number for row in read.rows] == [1, 1, 3, 3]
    assert [finding.row for finding in read.findings if finding.severity == "error"] == [2]


def test_a_text_that_is_missing_is_reported_with_the_nearest(tmp_path: Path) -> None:
    template = f"{ONE_ROW}      x: \"{{{{ t('lft') }}}}\"\n"
    assert "did you mean left?" in problem(tmp_path, template, texts=TEXTS)
    wants = problem(tmp_path, template.replace("'lft'", "'left', where=1"), texts=TEXTS)
    assert "{time}" in wants
    assert "{where}" in problem(tmp_path, template.replace("'lft'", "'left'"), texts=TEXTS)


TEMPLATES = {
    "no rows": ("let: {a: 1}\n", "rows:"),
    "a field that is none": ("rows:\n  - mesage: a\n    content_state: {a: 1}\n", "message"),
    "no state": ("rows:\n  - message: a\n", "content_state"),
    "no Jinja2": ("rows:\n  - message: '{{ a'\n    content_state: {a: 1}\n", "Jinja2"),
    "a filter that is none": (
        "rows:\n  - message: '{{ a | tme }}'\n    content_state: {a: 1}\n",
        "line 2: there is no filter 'tme'; did you mean time",
    ),
    "a test that is none": (
        "rows:\n  - content_state: {a: 1}\n    message: '{{ a is defind }}'\n",
        "line 3: there is no test 'defind'; did you mean defined",
    ),
    "braces without quotes": ("rows:\n  - message: {{ a }}\n    content_state: {a: 1}\n", "YAML"),
}


@pytest.mark.parametrize("damage", TEMPLATES)
def test_a_damaged_template_is_reported_before_any_row_is_read(tmp_path: Path, damage: str) -> None:
    template, expected = TEMPLATES[damage]
    with pytest.raises(InvalidInput) as invalid:
        timeline(tmp_path, template)
    assert expected in str(invalid.value)
    assert "template.yaml" in str(invalid.value)


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ("ky,en\na,b\n", "key"),
        ("key,en\na,b\na,c\n", "twice"),
        ("key\na\n", "language"),
        ("key,en\n,b\n", "no key"),
    ],
)
def test_damaged_texts_are_reported(tmp_path: Path, texts: str, expected: str) -> None:
    with pytest.raises(InvalidInput, match=expected):
        timeline(tmp_path, f"{ONE_ROW}      a: 1\n", texts=texts)


def example(name: str) -> Timeline:
    file = EXAMPLES / name
    campaign = resolved(read_campaign(read_yaml(file, what="campaign file"), where=name), str(file.parent))
    return timeline_of(campaign, now=NOW, first_seen_times=FirstSeen(), contract=contract_of(campaign))


def test_the_blizzards_flights_land_at_their_time_in_any_zone_of_their_airport() -> None:
    read = example("blizzard/blizzard.yaml")
    assert not read.findings
    houston = read.for_key({"carrier": "UA", "flight": "1018", "language": "en"})
    # 05:24 in New York and 200 minutes in the air, which is 07:44 in Houston.
    assert houston[-1].event == "end"
    assert houston[-1].at == datetime(2013, 2, 8, 13, 44, tzinfo=UTC)
    ends = [row for row in read.rows if row.event == "end"]
    assert len(ends) == 2 * 930
    assert sum(row.content.state["status"] == "cancelled" for row in ends) == 2 * 472


def test_the_world_cup_days_matches_end_with_their_results() -> None:
    read = example("match_day/matchday.yaml")
    assert not read.findings
    ends = {
        row.key["match"]: row.content
        for row in read.rows
        if row.event == "end" and row.key["language"] == "es"
    }
    assert ends["Japan - Spain"].title == "Japón 2-1 España"
    assert len(ends) == 4
    for match, end in ends.items():
        goals = [row for row in read.rows if row.key["match"] == match and "lastGoal" in row.content.state]
        last = max(goals, key=lambda row: row.due(NOW), default=None)
        if last is not None:
            assert last.content.state["homeScore"] == end.state["homeScore"]


def test_a_macro_and_small_widths_work(tmp_path: Path) -> None:
    made = state(
        tmp_path,
        'x: "{% macro m(n) %}{% if n %}{{ n }}{{ m(n - 1) }}{% endif %}{% endmacro %}'
        "{{ m(3) }}{{ '{:>{w}}'.format(1, w=3) }}{{ '%*d' | format(3, 2) }}{{ [1] + [2] }}{{ 'a' ~ 1 }}\"",
    )
    assert made["x"] == "321  1  2[1, 2]a1"


def test_an_error_names_the_rows_line_in_the_template_and_the_language(tmp_path: Path) -> None:
    template = (
        "let:\n  a: 1\nrows:\n  - content_state: {b: 1}\n\n  - name: goal\n    message: \"{{ t('lft') }}\"\n"
        "    content_state: {a: 1}\n"
    )
    said = problem(tmp_path, template, texts=TEXTS, split_by=["language"])
    assert said.startswith("source.csv, row 1, goal.message: template.yaml, row 2 (goal, line 6), in en: ")


def test_one_cause_is_one_finding_for_any_number_of_rows(tmp_path: Path) -> None:
    template = 'rows:\n  - at: "{{ n }}m"\n    content_state: {n: "{{ late | number }}", m: "{{ dpe }}"}\n'
    source = "n,late\n" + "".join(f"{n},{'x' * n if n > 1 else 5}\n" for n in range(1, 10))
    read = timeline(tmp_path, template.replace("late | number", "late"), source)
    found = [finding for finding in read.findings if finding.severity == "error"]
    assert [(each.row, each.column) for each in found] == [(1, "rows[1].content_state.m")]
    assert found[0].message.endswith("(in 9 rows)")
    read = timeline(tmp_path, template.replace("dpe", "n"), source)
    found = [finding for finding in read.findings if finding.severity == "error"]
    assert [(each.row, each.column) for each in found] == [(2, "rows[1].content_state.n")]
    assert found[0].message.endswith("(in 8 rows)")
    assert bad_rows(read) == set(range(2, 10))


def test_what_a_contract_finds_in_every_row_is_one_finding_too(tmp_path: Path) -> None:
    swift = (
        "struct DayAttributes: ActivityAttributes { struct ContentState: Codable, Hashable "
        "{ var late: Int; var gate: String } }"
    )
    template = 'rows:\n  - at: "{{ n }}m"\n    content_state: {late: "{{ late }}"}\n'
    source = "n,late\n" + "".join(f"{n},5\n" for n in range(1, 10))
    read = timeline(tmp_path, template, source, contract=swift)
    (finding,) = [each for each in read.findings if each.severity == "error"]
    assert "(in 9 rows)" in finding.message
    assert bad_rows(read) == set(range(1, 10))


def test_a_condition_on_text_that_never_holds_is_a_warning_with_the_fix(tmp_path: Path) -> None:
    template = (
        'rows:\n  - name: goal\n    when: "{{ score_h == 1 }}"\n    at: 0m\n    content_state: {a: 1}\n'
        '  - when: "{{ score_h | number == 0 }}"\n    at: 0m\n    content_state: {a: 0}\n'
    )
    read = timeline(tmp_path, template, "score_h\n0\n1\n1\n")
    (finding,) = [each for each in read.findings if each.code == "when_never_holds"]
    assert finding.severity == "warning"
    for words in (
        "row 1 (goal, line 2)",
        "none of 3 source rows",
        "2 source rows made no row",
        "write score_h | number",
    ):
        assert words in finding.message
    assert not [
        each
        for each in timeline(
            tmp_path, template.replace("score_h ==", "score_h | number =="), "score_h\n0\n"
        ).findings
        if each.code == "when_never_holds"
    ], "it is a number, which may still come"


def test_a_template_that_makes_no_rows_is_reported_with_its_conditions(tmp_path: Path) -> None:
    template = "rows:\n  - when: \"{{ kind == 'gaol' }}\"\n    at: 0m\n    content_state: {a: 1}\n"
    read = timeline(tmp_path, template, "kind\ngoal\ngoal\n")
    (finding,) = [each for each in read.findings if each.code == "when_never_holds"]
    assert "2 source rows made no row at all" in finding.message


def test_a_long_expression_is_shown_around_its_fault(tmp_path: Path) -> None:
    long = " + ".join(["(late | number)"] * 20)
    said = problem(tmp_path, f'{ONE_ROW}      x: "{{{{ {long} + dpe + {long} }}}}"\n')
    assert "…" in said
    assert "+ dpe +" in said
    assert len(said) < 320


def test_an_error_value_within_a_text_is_found_in_its_source(tmp_path: Path) -> None:
    said = problem(tmp_path, f"{ONE_ROW}      x: 'Gate {{{{ gate }}}}'\n", source="gate\n#REF!\n")
    assert "the source's column gate holds '#REF!'" in said
    alone = problem(tmp_path, f"{ONE_ROW}      x: '{{{{ gate }}}}'\n", source="gate\n#REF!\n")
    assert "'#REF!' is an error value of a spreadsheet" in alone
    unused = timeline(tmp_path, f"{ONE_ROW}      x: 1\n", "gate\n#REF!\n")
    assert not [each for each in unused.findings if each.severity == "error"]


def test_the_command_prints_what_one_source_row_becomes(tmp_path: Path) -> None:
    timeline(tmp_path, TWO, "n,late\n1,5\n2,x\n")
    (tmp_path / "day.yaml").write_text(
        "name: day\nactivity_type: DayAttributes\nsegment: people.csv\ntimeline: source.csv\ntemplate: template.yaml\n"
    )
    shown = CliRunner().invoke(main, ["template", str(tmp_path / "day.yaml"), "--row", "1"])
    assert shown.exit_code == 0, shown.output
    for words in (
        "source.csv, row 1",
        "late: 5",
        "row 1 (line 2): 1 row",
        "row 2 (line 4): not made",
        '{"n": 5}',
    ):
        assert words in shown.output
    wrong = CliRunner().invoke(main, ["template", str(tmp_path / "day.yaml"), "--row", "2"])
    assert wrong.exit_code == 2
    assert "becomes no row" in wrong.output
    assert CliRunner().invoke(main, ["template", str(tmp_path / "day.yaml"), "--row", "3"]).exit_code == 2


TWO = (
    'rows:\n  - at: "{{ n }}m"\n    content_state: {n: "{{ late | number }}"}\n'
    "  - when: n | number > 5\n    at: 1m\n    content_state: {a: 1}\n"
)


def test_what_an_object_lacks_is_answered_with_what_it_has(tmp_path: Path) -> None:
    source = '[{"score": {"ft": 1, "ht": 0}}, {"score": {"ft": 2}}]'
    row = 'rows:\n  - at: 1m\n    content_state: {{x: "{{{{ score.{} }}}}"}}\n'
    read = timeline(tmp_path, row.format("et"), source, source_name="source.json")
    (finding,) = read.findings
    assert "there is no 'et' in it; it has 'ft, ht' (in '{{ score.et }}') (in 2 rows)" in finding.message
    read = timeline(tmp_path, row.format("fft"), source, source_name="source.json")
    assert "there is no 'fft' in it; did you mean ft?" in read.findings[0].message


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        (
            "late | plus(5)",
            "plus takes 1 positional argument but 2 were given; write a name before each value",
        ),
        ("'a' | replace(x=1)", "replace got an unexpected keyword argument 'x' (in"),
        ("flight.upper", "it gives a function and not a value; write parentheses after its name"),
        ("'{{ flight.upper }}!'", "it gives a function and not a value"),
    ],
)
def test_a_call_that_is_written_wrong_is_described_in_a_templates_terms(
    tmp_path: Path, expression: str, message: str
) -> None:
    text = expression.strip("'") if expression.startswith("'{{") else f"{{{{ {expression} }}}}"
    found = problem(
        tmp_path, f'rows:\n  - at: 1m\n    content_state: {{x: "{text}"}}\n', source="flight,late\nLH1,5\n"
    )
    assert message in found
    assert "Error:" not in found


def test_a_name_that_is_made_further_down_in_let_is_to_be_moved(tmp_path: Path) -> None:
    template = 'let:\n  a: "{{ b }}"\n  b: 1\nrows:\n  - at: 1m\n    content_state: {x: "{{ a }}"}\n'
    assert "'b' stands below 'a' in let, and names are made in order; move it above" in problem(
        tmp_path, template
    )


def test_a_name_in_single_braces_is_not_replaced(tmp_path: Path) -> None:
    template = (
        "let:\n  gate_name: 1\nrows:\n  - at: 1m\n    title: Gate {gate_name}\n"
        "    message: '{{ late }} {late} {other}'\n"
        "    content_state: {x: 1, y: 'at { dep }'}\n"
    )
    found = [each for each in timeline(tmp_path, template).findings if each.code == "template_braces"]
    assert [each.column for each in found] == ["rows[1].title", "rows[1].message", "rows[1].content_state.y"]
    assert "{late} is sent as it stands here; write {{ late }} in quotes" in found[1].message


def test_one_cause_is_one_warning_for_any_number_of_rows(tmp_path: Path) -> None:
    template = (
        "rows:\n  - at: '{{ n }}m'\n    event: end\n    content_state: {n: 1}\n"
        "  - at: '{{ n | number + 1 }}m'\n    content_state: {n: 2}\n"
    )
    source = "n,flight\n" + "".join(f"{n},F{n}\n" for n in range(1, 5))
    template = template.replace("content_state", "flight: '{{ flight }}'\n    content_state")
    read = timeline(tmp_path, template, source, split_by=["flight"])
    (finding,) = [each for each in read.findings if each.code == "after_the_end"]
    assert finding.severity == "warning"
    assert finding.message.startswith(
        "template.yaml, row 2 (line 6): comes after the end (source row 1, template.yaml, row 1"
    )
    assert finding.message.endswith("(in 4 rows)")
    assert bad_rows(read) == set()


def test_rows_of_one_source_row_that_are_due_at_once_are_named_by_the_template(tmp_path: Path) -> None:
    row = "  - at: {n}m\n    event: end\n    content_state: {{n: 1}}\n"
    template = "rows:\n" + row.format(n=1) + row.format(n=2)
    assert "row 2 (line 5): source row 1, template.yaml, row 1 (line 2) is already the end" in problem(
        tmp_path, template
    )
