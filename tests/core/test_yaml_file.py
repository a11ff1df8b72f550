from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from live_activity.core.findings import InvalidInput
from live_activity.core.yaml_file import read_yaml


def read(folder: Path, text: str | bytes) -> dict[str, Any]:
    file = folder / "derby.yaml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_yaml(file, what="campaign file")


def refusal(folder: Path, text: str | bytes) -> str:
    with pytest.raises(InvalidInput) as refused:
        read(folder, text)
    (finding,) = refused.value.findings
    message = str(finding)
    assert message.startswith("derby.yaml: ")
    assert message.isprintable(), "an error is one line"
    return message


@pytest.mark.parametrize(
    "written",
    [
        "007",
        "no",
        "yes",
        "on",
        "off",
        "15:00",
        "1:30:00",
        "2026-07-19",
        "2026-07-19T20:00:00Z",
        "0x1F",
        "0o17",
        "1_000",
        "+1",
        ".5",
        "1.",
        ".inf",
        "NaN",
        "True",
        "FALSE",
        "Null",
        "y",
        "n",
        "NO",
        "-x",
        "=",
        "<<",
    ],
)
def test_text_that_looks_like_another_type_stays_text(tmp_path: Path, written: str) -> None:
    assert read(tmp_path, f"key: {written}\n") == {"key": written}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("0", 0),
        ("-12", -12),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("'30'", "30"),
        ("[flight, 007]", ["flight", "007"]),
        ("{language: no}", {"language": "no"}),
        ("|\n  two\n  lines", "two\nlines"),
        ("İstanbul 🏆", "İstanbul 🏆"),
    ],
)
def test_the_rest_is_as_json_spells_it(tmp_path: Path, written: str, value: object) -> None:
    found = read(tmp_path, f"key: {written}\n")["key"]
    assert (found.strip() if isinstance(found, str) else found) == value
    assert type(found) is type(value) or isinstance(found, type(value))


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfname: derby\r\nposts: 1\r\n") == {"name": "derby", "posts": 1}


def test_a_duplicate_key_is_reported_with_its_line(tmp_path: Path) -> None:
    message = refusal(tmp_path, "name: derby\nsegment: a.csv\nname: cup\n")
    assert "the key 'name' stands twice in line 3; keep one" in message


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("name: derby\nsegment: [a\n", 3),
        ("name: derby\n\tsegment: a\n", 2),
        ('name: "derby\n', 2),
        ("name: a: b\n", 1),
        ("name: derby\n  segment: a\n", 2),
        ("name: *nobody\n", 1),
        ("name: @derby\n", 1),
        ("a: 1\n---\nb: 2\n", 2),
    ],
)
def test_what_is_no_yaml_is_reported_with_its_line(tmp_path: Path, text: str, line: int) -> None:
    assert f"is not YAML in line {line}: " in refusal(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("name: derby\n\tsegment: a\n", "put spaces in place of the tab"),
        ('name: "derby\n', "close the quote"),
        ("split_by: [a\n", "close the bracket"),
        ("name: a: b\n", "put a value that holds a colon in quotes"),
        ("name: @derby\n", "put the value in quotes"),
        ("name: *nobody\n", "write the value itself"),
        ("name: !fifa cup\n", "take out the word that begins with !"),
        ("a: 1\n---\nb: 2\n", "take out the line of ---"),
    ],
)
def test_what_is_not_yaml_is_reported_with_its_fix(tmp_path: Path, text: str, fix: str) -> None:
    assert f"; {fix}" in refusal(tmp_path, text)


@pytest.mark.parametrize(
    "text",
    [
        "key: !!bool maybe",
        "key: !!int seven",
        "key: !!float high",
        "key: !!timestamp soon",
        "key: !!python/object/apply:os.getcwd []",
        "key: !fifa cup",
        "? [a]\n: b",
        "? {a: b}\n: c",
        "key: " + "9" * 5000,
        "key: " + "[" * 5000,
        "key: \x07",
        "%YAML 9.9\n---\na: b",
    ],
    ids=lambda text: str(text)[:20].encode("unicode_escape").decode(),
)
def test_any_error_of_the_yaml_parser_is_one_line(tmp_path: Path, text: str) -> None:
    refusal(tmp_path, text)


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n"])
def test_an_empty_file_is_reported(tmp_path: Path, text: str) -> None:
    assert "is empty; a campaign file is lines of 'key: value'" in refusal(tmp_path, text)


@pytest.mark.parametrize("text", ["derby", "- name: derby", "[a, b]", "1: derby", "true: a", "null: a"])
def test_what_is_no_mapping_of_names_is_reported(tmp_path: Path, text: str) -> None:
    assert "is not lines of 'key: value', as a campaign file is" in refusal(tmp_path, text)


@pytest.mark.parametrize("bytes_", [b"name: d\xe9rby\n", "name: derby".encode("utf-16")])
def test_what_is_not_utf_8_is_reported(tmp_path: Path, bytes_: bytes) -> None:
    assert "is not UTF-8 text" in refusal(tmp_path, bytes_)


def test_a_file_that_is_not_there_is_answered_with_the_nearest_that_is(tmp_path: Path) -> None:
    (tmp_path / "derby.yaml").write_text("name: derby\n")
    with pytest.raises(InvalidInput, match=r"no such campaign file; did you mean derby\.yaml\?"):
        read_yaml(tmp_path / "derbi.yaml", what="campaign file")
    with pytest.raises(InvalidInput, match=r"; there are derby\.yaml"):
        read_yaml(tmp_path / "quite-another-name", what="campaign file")
    with pytest.raises(InvalidInput, match=r"there is no folder .* either"):
        read_yaml(tmp_path / "nowhere" / "derby.yaml", what="campaign file")
    with pytest.raises(InvalidInput, match="is a folder; name the campaign file in it"):
        read_yaml(tmp_path, what="campaign file")


@pytest.mark.parametrize(
    "text", ["a: {{ b }}\n", "a: {{ b[0] }} to {{ c }}\n", "a: {{ b }} begins\n", 'a: "b" c\n']
)
def test_an_expression_without_quotes_is_to_be_put_in_quotes(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(InvalidInput) as caught:
        read_yaml(tmp_path / "a.yaml", what="template")
    assert "in line 1" in str(caught.value)
    assert "put a value that begins with" in str(caught.value)
