"""Large folders and hostile files are read in bounded time and memory, or refused in one clear line."""

from __future__ import annotations

from pathlib import Path

import pytest

from live_activity.contract import as_text, list_types, read_contract
from live_activity.contract.swift.library import Library
from live_activity.contract.swift.source_index import SourceIndex
from live_activity.core.findings import InvalidInput
from tests.contract.spelling import contract_of, contract_with, fields_of
from tests.contract.test_swift_folders import MATCH, write

MANY = 20_000


def test_a_large_folder_is_parsed_only_where_the_names_in_question_are_declared(tmp_path: Path) -> None:
    for number in range(400):
        write(
            tmp_path,
            **{
                f"Feature{number}": f"// ActivityAttributes\nstruct Feature{number}: Reducer {{\n"
                "  struct State: Equatable { var a: Int }\n  struct ContentState { var wrong: Int }\n"
                "  var body: some View { Text(Period.first.title) }\n}\n"
            },
        )
    write(
        tmp_path,
        Match="protocol Live: ActivityAttributes where ContentState == State {}\n"
        "struct Match: Live { var id: Team.ID }",
        State="struct State: Codable, Hashable { var period: Period }",
        Period="enum Period: String, Codable { case first }",
        Team="struct Team: Identifiable { let id: Int }",
        Extension="extension Period { var title: String { rawValue } }",
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "period: Period(first)"
    assert fields_of(contract.attributes) == "id: Int"
    library = Library(SourceIndex(tmp_path))
    library.look_up("State", around=("Match",), file="Match.swift")
    assert list(library.parsed) == ["State.swift"]


@pytest.mark.parametrize(
    "source",
    [
        MATCH.format("var a: " + "[" * MANY + "Int" + "]" * MANY),
        MATCH.format("var a: " + "A<" * MANY + "Int" + ">" * MANY),
        MATCH.format("var a: Int" + "?" * MANY),
        MATCH.format("var a: " + " & ".join(["A"] * MANY)),
        "#if " + "!" * MANY + "X\n" + MATCH.format("var a: Int") + "#endif\n",
        MATCH.format("var a: Int") + "// " + "x" * 5_000_000,
        "struct Match: ActivityAttributes {" + "struct A {" * MANY + "}" * MANY + "}",
    ],
    ids=["brackets", "generics", "optionals", "composition", "condition", "size", "types"],
)
def test_swift_that_is_too_large_or_too_deep_is_refused_in_one_line(tmp_path: Path, source: str) -> None:
    write(tmp_path, A=source)
    with pytest.raises(InvalidInput) as caught:
        read_contract(tmp_path, "Match")
    reason = caught.value.findings[-1]
    assert reason.where is not None
    assert reason.where.startswith("A.swift")
    assert any(words in reason.message for words in ("nest", "bytes"))
    assert "\n" not in reason.message
    assert len(reason.message) < 200


@pytest.mark.parametrize(
    "state",
    [
        "var a: Int\nvar b = " + " + ".join(["1"] * MANY),
        "var a: Int\nvar b = " + "!" * MANY + "true",
        "var a: Int\nvar b = " + "a." * MANY + "b",
        "var a: Int\nvar b: " + "() -> " * MANY + "Int",
    ],
    ids=["sum", "negations", "members", "functions"],
)
def test_one_field_that_is_too_deep_leaves_the_others(state: str) -> None:
    contract = contract_with(state)
    assert fields_of(contract.state).startswith("a: Int, b: unchecked")
    assert all(len(note.message) < 300 for note in contract.notes)


def test_types_that_double_at_every_level_are_cut_off() -> None:
    chain = "".join(f"struct S{n}: Codable {{ var a: S{n + 1}; var b: S{n + 1} }}\n" for n in range(40))
    contract = contract_with("var s: S0", chain + "struct S40: Codable {}")
    assert len(contract.notes) <= 101
    assert len(as_text(contract.table()).splitlines()) <= 2001


def test_a_file_that_cannot_be_read_affects_no_other(tmp_path: Path) -> None:
    write(tmp_path, A=MATCH.format("var a: Int"), B="let json = [" + "[" * MANY, C="struct }}}} {{{")
    assert [one.name for one in list_types(tmp_path)] == ["Match"]
    assert read_contract(tmp_path, "Match").notes == ()


def test_brackets_in_text_and_comments_do_not_count() -> None:
    brackets = "[" * MANY
    source = f'let s = "{brackets}"\n// {brackets}\n/* {brackets} */\nlet t = """\n{brackets}\n"""\n'
    assert fields_of(contract_of(source + MATCH.format("var a: Int")).state) == "a: Int"
