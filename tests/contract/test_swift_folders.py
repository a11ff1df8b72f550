from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live_activity.contract import Contract, as_text, decode_failure, list_types, read_contract
from live_activity.core.findings import InvalidInput
from tests.contract.spelling import fields_of

MATCH = "struct Match: ActivityAttributes {{ struct ContentState: Codable, Hashable {{ {} }} }}\n"


def write(folder: Path, **files: str) -> Path:
    """Writes Swift files; `__` in a name is a folder."""
    for name, source in files.items():
        file = folder.joinpath(*name.split("__")).with_suffix(".swift")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    return folder


def why_not(path: Path, activity_type: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_contract(path, activity_type)
    return str(caught.value)


def test_types_are_gathered_from_the_whole_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        App__Match="public struct Match {}",
        Widget__Live="extension Match: ActivityAttributes { public typealias ContentState = Models.State }",
        Kit__Sources__Models="public enum Models {}",
        Kit__Sources__State="extension Models { public struct State: Codable, Hashable { var period: Period } }",
        Kit__Sources__Period='enum Period: String, Codable { case first, half = "half_time" }',
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "period: Period(first|half_time)"


FOOD_DELIVERY = Path(__file__).parent / "swift" / "FoodDelivery.swift"


def test_a_whole_file_of_an_app_is_read() -> None:
    contract = read_contract(FOOD_DELIVERY, "FoodDeliveryAttributes")
    assert fields_of(contract.state) == (
        "step: FoodDeliveryAttributes.ContentState.Step(PLACED|COOKING|done), window: ClosedRange<Date>, "
        "progress: Double, eta: String?, items: [Item(id: UUID, name: String, price: Decimal?)], "
        "extras: [String: String], late: Bool"
    )
    assert fields_of(contract.attributes) == "orderNumber: String, restaurant: URL?"
    assert contract.notes == ()


@given(st.data())
@settings(max_examples=60)
def test_damaged_swift_is_read_or_refused_with_a_message(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    source = FOOD_DELIVERY.read_text("utf-8")
    at = data.draw(st.integers(0, len(source)))
    until = data.draw(st.integers(at, min(len(source), at + 12)))
    put = data.draw(
        st.sampled_from(["", "{", "}", "(", '"', "case ", "var ", "#if X\n", "#endif\n", ":", "<"])
    )
    folder = write(tmp_path_factory.mktemp("swift"), A=source[:at] + put + source[until:])
    with suppress(InvalidInput):
        contract = read_contract(folder, "FoodDeliveryAttributes")
        assert as_text(contract.table()).startswith("field")
        contract.check_state({"step": "PLACED"}, from_text=False)


def test_an_init_by_hand_in_another_file_is_seen(tmp_path: Path) -> None:
    write(
        tmp_path,
        A=MATCH.format("var s: Score") + "struct Score: Codable, Hashable { var a: Int }",
        B="extension Score { init(from decoder: Decoder) throws { a = 1 } }",
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "s: unchecked Score"


def test_an_init_by_hand_in_an_extension_of_an_alias_is_seen(tmp_path: Path) -> None:
    write(
        tmp_path,
        A=MATCH.format("var s: Score")
        + "struct Score: Codable, Hashable { var a: Int }\ntypealias Points = Score",
        B="extension Points { init(from decoder: Decoder) throws { a = 1 } } // Score",
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "s: unchecked Score"


def test_a_private_type_is_its_own_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        A="private enum Period: String, Codable { case wrong }",
        B=MATCH.format("var p: Period"),
        C="enum Period: String, Codable { case right }",
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "p: Period(right)"


def test_the_same_type_in_app_and_widget_is_one(tmp_path: Path) -> None:
    write(
        tmp_path, App__Match=MATCH.format("var a: Int"), Widget__Match=MATCH.format("var a: Int // here too")
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_two_different_declarations_are_an_error_that_names_both(tmp_path: Path) -> None:
    write(tmp_path, App__Match=MATCH.format("var a: Int"), Widget__Match=MATCH.format("var a: String"))
    message = why_not(tmp_path, "Match")
    assert "declared twice, and differently" in message
    assert "App/Match.swift, line 1" in message
    assert "Widget/Match.swift, line 1" in message
    assert message.endswith(f"such as {tmp_path.name}/App")


WIDGET = (
    "struct Live: Widget { var body: some WidgetConfiguration { ActivityConfiguration(for: Match.self) } }"
)


def test_content_must_suit_both_of_two_declarations_that_differ(tmp_path: Path) -> None:
    enum = "enum P: String, Codable { case %s }"
    write(
        tmp_path,
        App__Match=MATCH.format("var a: Int; var b: String?; var p: P") + enum % "a, b, c",
        Widget__Match=MATCH.format("var a: Int?; var p: P; var n: Int") + enum % "c, b, d",
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int, b: String?, p: P(b|c), n: Int"
    (note,) = contract.notes
    assert (note.code, note.severity) == ("swift_ambiguous", "warning")
    assert "content is checked by both; for one, set the contract to" in note.message
    assert decode_failure(contract, "state", {"a": 1, "p": "b", "n": 1}) is None
    for bad in ({"a": 1, "p": "a", "n": 1}, {"a": 1, "p": "b"}, {"p": "b", "n": 1}):
        assert decode_failure(contract, "state", bad) is not None


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("Decimal", "Double", "Decimal"),
        ("Int", "Double?", "Int"),
        ("UInt8", "Int32", "UInt8"),
        ("String", "P", "P(a)"),
        ("[P?]", "[String]", "[P(a)]"),
        ("[String: Int]?", "[String: Float]?", "[String: Int]?"),
    ],
)
def test_the_narrower_of_two_types_of_a_field_counts(tmp_path: Path, one: str, other: str, both: str) -> None:
    enum = "enum P: String, Codable { case a }"
    write(tmp_path, A__M=MATCH.format(f"var x: {one}") + enum, B__M=MATCH.format(f"var x: {other}") + enum)
    assert fields_of(read_contract(tmp_path, "Match").state) == f"x: {both}"


def test_two_declarations_that_no_content_suits_are_an_error_that_names_the_field(tmp_path: Path) -> None:
    write(tmp_path, App__Match=MATCH.format("var a: [Int]"), Widget__Match=MATCH.format("var a: [String]?"))
    message = why_not(tmp_path, "Match")
    assert "(state.a[] is Int in one and String in the other); set the contract to" in message


def test_none_of_two_apps_with_a_widget_each_is_chosen(tmp_path: Path) -> None:
    write(
        tmp_path,
        One__App__Match=MATCH.format("var a: Int"),
        One__Widget__Live=WIDGET,
        Two__App__Match=MATCH.format("var b: Int"),
        Two__Widget__Live=WIDGET,
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int, b: Int"
    assert [note.code for note in contract.notes if "checked by both" in note.message] == ["swift_ambiguous"]


def test_a_package_of_the_app_is_passed_over_where_the_app_declares_the_type(tmp_path: Path) -> None:
    write(
        tmp_path,
        ios__Match=MATCH.format("var a: Int"),
        node_modules__kit__Match=MATCH.format("var a: String"),
        node_modules__kit__Live=WIDGET,
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_the_declaration_beside_the_widget_is_read_if_two_differ(tmp_path: Path) -> None:
    write(
        tmp_path,
        App__Match=MATCH.format("var p: Period"),
        App__Period="extension Match { enum Period: String, Codable { case app } }",
        Widget__Match=MATCH.format("var p: Period"),
        Widget__Period="extension Match { enum Period: String, Codable { case widget } }",
        Widget__Live=WIDGET,
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "p: Match.Period(widget)"
    assert [(note.code, note.severity, note.where) for note in contract.notes] == [
        ("swift_ambiguous", "warning", "Widget/Match.swift"),
        ("swift_ambiguous", "warning", "Widget/Period.swift"),
    ]


def test_a_comment_that_ends_in_a_keyword_hides_no_declaration(tmp_path: Path) -> None:
    write(tmp_path, Live="// Set it for the app and the widget extension\n\n" + MATCH.format("var a: Int"))
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_a_type_in_tests_is_not_the_apps(tmp_path: Path) -> None:
    write(
        tmp_path,
        App__Match=MATCH.format("var a: Int"),
        AppTests__Match="import XCTest\n" + MATCH.format("var a: String"),
        Checks__Match="@testable import App\n" + MATCH.format("var a: Bool"),
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_a_file_that_the_xcode_project_does_not_build_is_not_the_apps(tmp_path: Path) -> None:
    write(tmp_path, Old=MATCH.format("var a: String"), Live=MATCH.format("var a: Int"))
    project = tmp_path / "App.xcodeproj"
    project.mkdir()
    built = "6BCF84DD2B16843A003AD46E /* Live.swift in Sources */ = {isa = PBXBuildFile; };"
    project.joinpath("project.pbxproj").write_text(built)
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int"
    assert "Old.swift, line 1" in contract.notes[0].message


def test_a_folder_that_an_xcode_project_builds_as_a_whole_is_the_apps(tmp_path: Path) -> None:
    write(
        tmp_path,
        Old__Match=MATCH.format("var a: String"),
        Live__Match=MATCH.format("var a: Int"),
        Other=MATCH,
    )
    project = tmp_path / "App.xcodeproj"
    project.mkdir()
    project.joinpath("project.pbxproj").write_text(
        "A1 /* Other.swift in Sources */ = {isa = PBXBuildFile; };\n"
        "B2 /* Live */ = {\n\tisa = PBXFileSystemSynchronizedRootGroup;\n\tpath = Live;\n};\n"
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_a_helper_that_each_target_declares_is_that_of_the_nearest_folder(tmp_path: Path) -> None:
    write(
        tmp_path,
        App__Live__Match=MATCH.format("var p: Period"),
        App__Period="enum Period: String, Codable { case app }",
        Watch__Period="enum Period: String, Codable { case watch }",
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "p: Period(app)"
    assert "Period is declared differently in Watch/Period.swift, line 1" in contract.notes[0].message


def test_an_extension_belongs_to_the_type_in_the_nearest_folder(tmp_path: Path) -> None:
    keys = 'extension Match.ContentState {{ enum CodingKeys: String, CodingKey {{ case a = "{}" }} }}'
    write(
        tmp_path,
        App__Match=MATCH.format("var a: Int"),
        App__Keys=keys.format("app"),
        Widget__Match=MATCH.format("var a: Int"),
        Widget__Keys=keys.format("widget"),
        Widget__Live=WIDGET,
    )
    assert fields_of(read_contract(tmp_path, "Match").state) == "widget: Int"


def test_a_helper_that_is_declared_twice_differently_cannot_be_checked(tmp_path: Path) -> None:
    write(
        tmp_path,
        A=MATCH.format("var p: Period"),
        B="enum Period: String, Codable { case one }",
        C="enum Period: String, Codable { case two }",
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "p: unchecked Period"
    assert "B.swift, line 1 and C.swift, line 1" in contract.notes[0].message


def test_a_link_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, Match=MATCH.format("var a: Int"))
    tmp_path.joinpath("Gone.swift").symlink_to(tmp_path / "nowhere.swift")
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_hidden_folders_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, **{"Match": MATCH.format("var a: Int"), ".build__Match": MATCH.format("var a: String")})
    assert fields_of(read_contract(tmp_path, "Match").state) == "a: Int"


def test_every_type_of_a_live_activity_is_listed(tmp_path: Path) -> None:
    write(
        tmp_path,
        A="protocol Live: ActivityAttributes {}\nstruct View {}\n" + MATCH.format(""),
        B="struct Order: Live {}",
        C="struct Ride {}",
        D="extension Ride: ActivityAttributes {}",
    )
    assert [(one.name, one.file, one.line) for one in list_types(tmp_path)] == [
        ("Match", "A.swift", 3),
        ("Order", "B.swift", 1),
        ("Ride", "C.swift", 1),
    ]


def test_swift_without_any_live_activity_is_reported_with_the_line_that_is_broken(tmp_path: Path) -> None:
    write(tmp_path, A="struct Match: ActivityAttributes {\n struct ContentState {")
    with pytest.raises(InvalidInput) as caught:
        list_types(tmp_path)
    assert "no type here conforms to ActivityAttributes" in str(caught.value)
    assert "A.swift: line 1 cannot be read as Swift" in str(caught.value)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("match", "Match differs only in case, and the name must be exact: write Match"),
        ("Mtach", "did you mean Match?"),
        ("Weather", "these do: Match (A.swift, line 1), Ride (A.swift, line 2)"),
        ("Score", "Score does not conform to ActivityAttributes in the files at hand (A.swift, line 3)"),
    ],
)
def test_a_missing_type_is_reported_with_the_types_that_exist(tmp_path: Path, asked: str, words: str) -> None:
    ride = MATCH.format("").replace("Match", "Ride")
    write(tmp_path, A=MATCH.format("") + ride + "struct Score: Codable {}")
    assert words in why_not(tmp_path, asked)


def test_a_type_without_its_state_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, A="struct Match: ActivityAttributes { let a: Int }")
    assert "Match has no ContentState in the files at hand" in why_not(tmp_path, "Match")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Mtach.swift", "does not exist; did you mean Match.swift"),
        ("Match.txt", "neither Swift nor JSON Schema"),
        ("empty", "has no Swift file"),
    ],
)
def test_a_path_that_holds_no_swift_is_reported(tmp_path: Path, name: str, words: str) -> None:
    write(tmp_path, Match=MATCH.format(""))
    tmp_path.joinpath("empty").mkdir()
    tmp_path.joinpath("Match.txt").write_text("")
    assert words in why_not(tmp_path / name, "Match")


def errors_of(contract: Contract) -> list[str]:
    return [f"{note.where}: {note.message}" for note in contract.notes if note.severity == "error"]


def test_a_broken_field_is_reported_by_its_line_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, A="struct Match: ActivityAttributes {\n struct ContentState: Codable, Hashable {\n"
                      "  var a: Int\n  var : String\n  var c: Bool\n }\n}")  # fmt: skip
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int, c: Bool"
    (error,) = errors_of(contract)
    assert error.startswith("A.swift: line 4 cannot be read as Swift at 'var : String'")


def test_an_error_inside_a_function_affects_no_field(tmp_path: Path) -> None:
    write(tmp_path, A=MATCH.format("var a: Int\n func f() { let = }\n var b: Int"))
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int, b: Int"
    assert errors_of(contract) == []
    assert [(note.code, note.severity) for note in contract.notes] == [("swift_syntax", "warning")]


def test_an_enum_with_a_broken_case_is_unchecked(tmp_path: Path) -> None:
    write(tmp_path, A=MATCH.format("var p: P\nenum P: String, Codable { case a, case b }"))
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "p: unchecked Match.ContentState.P"
    assert len(errors_of(contract)) == 1


def test_swift_that_never_closes_is_an_error_with_its_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        A="import ActivityKit\nstruct Match: ActivityAttributes {\n struct ContentState: Codable {\n  var a: Int\n",
    )
    message = why_not(tmp_path, "Match")
    assert "line 2 cannot be read as Swift" in message


def test_syntax_that_the_grammar_does_not_know_affects_nothing_outside_its_function(tmp_path: Path) -> None:
    write(
        tmp_path,
        A="import ActivityKit\nstruct Match: ActivityAttributes {\n"
        " func f() { if a > 3, b < 2 { } else if case 3 = a { } else { } }\n"
        " struct ContentState: Codable, Hashable {\n"
        "  var a: Int { didSet { if a > 3, b < 2 { } else if case 3 = a {} } }\n"
        "  var b: Int { if a > 3, b < 2 { } else if case 3 = a { } } }\n}\n",
    )
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int"
    (note,) = contract.notes
    assert (note.severity, note.code) == ("warning", "swift_syntax")
    assert "cannot be read as Swift at line" in note.message


def test_a_broken_file_beside_it_affects_nothing(tmp_path: Path) -> None:
    write(tmp_path, A=MATCH.format("var a: Int"), B="struct {{{ Match")
    contract = read_contract(tmp_path, "Match")
    assert fields_of(contract.state) == "a: Int"
    assert contract.notes == ()
