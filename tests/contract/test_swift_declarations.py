from pathlib import Path

import pytest

from live_activity.contract import read_contract
from tests.contract.spelling import cases_of, contract_of, contract_with, fields_of, titles_of

PERIOD = "enum Period: String, Codable { case first, second }"

STORED = [
    ("var a: Int", "a: Int"),
    ("let a: Int", "a: Int"),
    ("var a: Int = 3", "a: Int"),
    ("let a: Int = 3", ""),
    ("let a = 3; var b: Int", "b: Int"),
    ("var a: Int?", "a: Int?"),
    ("var a: Optional<Int>", "a: Int?"),
    ("var a: Swift.Optional<Swift.Int>", "a: Int?"),
    ("var a: Int!", "a: Int?"),
    ("var a: Int??", "a: Int?"),
    ("var a: (Int?)", "a: Int?"),
    ("let a: Int?", "a: Int?"),
    ("let a: Int? = nil", ""),
    ("var a, b: Int", "a: Int, b: Int"),
    ("var a: Int, b: String", "a: Int, b: String"),
    ("let a, b: Int?, c: Bool", "a: Int?, b: Int?, c: Bool"),
    ("var (a, b): (Int, String)", "a: Int, b: String"),
    ("var a: Int { 3 }\nvar b: Int { get { 3 } set {} }\nvar c: Int", "c: Int"),
    ("static var a = 3\nstatic let b: Int = 3\nvar c: Int", "c: Int"),
    ("lazy var a = 3\nvar b: Int", "b: Int"),
    ("var a: Int { didSet { print(a) } }\nvar b: Int = 1 { willSet {} didSet {} }", "a: Int, b: Int"),
    ("var a: Int = { 3 }()", "a: Int"),
    ("public private(set) var a: Int\nfileprivate var b: Int", "a: Int, b: Int"),
    ("@available(iOS 17, *) var a: Int", "a: Int"),
    ("@available(iOS 17, *)\n@Clamped(0...5)\npublic var a: Int = 3", "a?: unchecked @Clamped"),
    ("/// the score\nvar a: Int // of home\n/* var b: Int */", "a: Int"),
    ("var `default`: Int", "default: Int"),
    (
        "var a: [Int]\nvar b: Array<Int>\nvar c: [Int?]\nvar d: [[String]]?",
        "a: [Int], b: [Int], c: [Int?], d: [[String]]?",
    ),
    ("var a: Set<String>", "a: Set<String>"),
    ("var a: [String: Int]\nvar b: Dictionary<String, [Int]>", "a: [String: Int], b: [String: [Int]]"),
    ("var a: [Int: String]\nvar b: Swift.Dictionary<UUID, Int>", "a: [Int: String], b: pairs[UUID: Int]"),
    ("var a: (Int, Int)", "a: unchecked (Int, Int)"),
    ("var a: ClosedRange<Date>\nvar b: Range<Int>?", "a: ClosedRange<Date>, b: Range<Int>?"),
    ("var a: Date\nvar b: Foundation.URL\nvar c: UUID\nvar d: Data", "a: Date, b: URL, c: UUID, d: Data"),
    ("var a: Decimal\nvar b: TimeInterval\nvar c: CGFloat", "a: Decimal, b: Double, c: Double"),
    ("var a: Int8, b: UInt64, c: Float", "a: Int8, b: UInt64, c: Float"),
    ("var a: Character\nvar b: ArraySlice<Int>", "a: unchecked Character, b: unchecked ArraySlice"),
    ("var a: Any\nvar b: any Codable", "a: unchecked Any, b: unchecked any Codable"),
    ("var a: () -> Void", "a: unchecked () -> Void"),
    ("var a: SharedKit.Status\nvar b: Unheard?", "a: unchecked SharedKit.Status, b: unchecked Unheard?"),
]

INFERRED = [
    ("var a = 3", "a: Int"),
    ("var a = -3", "a: Int"),
    ("var a = 0x1F", "a: Int"),
    ("var a = 0.5", "a: Double"),
    ("var a = 60 * 60", "a: Int"),
    ("var a = 1 + 0.5", "a: Double"),
    ('var a = "x"', "a: String"),
    ('var a = "at \\(3)"', "a: String"),
    ("var a = true, b = !true", "a: Bool, b: Bool"),
    ("var a = [String]()", "a: [String]"),
    ("var a = [String: Int]()", "a: [String: Int]"),
    ("var a = [1, 2.5]", "a: [Double]"),
    ('var a = ["x": 1]', "a: [String: Int]"),
    ("var a = Set<Int>()", "a: Set<Int>"),
    ("var a = UInt8(3)", "a: UInt8"),
    ("var a = Date(), b = Date.now", "a: Date, b: Date"),
    ("var a = UUID()", "a: UUID"),
    ('var a = URL(string: "https://example.com")!', "a: URL"),
    ('var a = URL(string: "https://example.com")', "a: URL?"),
    ("var a = Period.first", "a: Period(first|second)"),
    ('var a = Period(rawValue: "first") ?? .second', "a: Period(first|second)"),
    ("var a = nil as Int?", "a: Int?"),
    ("var a = 0...5", "a: ClosedRange<Int>"),
    ('var a = Int("3"), b = Double("0.5")!, c = UInt8(exactly: 3)', "a: Int?, b: Double, c: UInt8?"),
    ("var a = UUID().uuidString", "a: String"),
    ("var a = Date().addingTimeInterval(60), b = Date.now.timeIntervalSince1970", "a: Date, b: Double"),
    ("var a = makeOne()", "a: unchecked ?"),
    ("var a = makeOne().uuidString.count", "a: unchecked ?"),
    ("var a = Defaults.minute", "a: Int"),
]


@pytest.mark.parametrize(("declared", "expected"), [*STORED, *INFERRED])
def test_a_stored_property_is_a_field_of_its_type(declared: str, expected: str) -> None:
    beside = PERIOD + "\nenum Defaults { static let minute = 45 }"
    assert fields_of(contract_with(declared, beside).state) == expected


@pytest.mark.parametrize(("title", "declared"), cases_of("types.swift"), ids=titles_of("types.swift"))
def test_a_declared_type_is_what_codable_makes_of_it(title: str, declared: str) -> None:
    expected = title.partition(" -> ")[2]
    assert fields_of(contract_with("var t: T", declared).state) == f"t: {expected}"


def test_generic_types_take_their_arguments() -> None:
    state = contract_with(
        "var a: Box<Int>\nvar b: Box<Int?>\nvar c: Named<Box<String>>",
        "struct Box<T: Codable>: Codable { var value: T; var maybe: T? }\ntypealias Named<V> = [String: V]",
    ).state
    assert fields_of(state) == (
        "a: Box<Int>(value: Int, maybe: Int?), "
        # A key whose type is a generic parameter is read with `decode`, Optional or not.
        "b: Box<Int?>(value!: Int?, maybe: Int?), "
        "c: [String: Box<String>(value: String, maybe: String?)]"
    )


def test_a_generic_parameter_from_around_the_state_is_no_type_of_that_name() -> None:
    contract = contract_of(
        "struct Match<T: Codable>: ActivityAttributes { struct ContentState: Codable, Hashable { var a: [T] } }\n"
        "struct T: Codable { var b: Int }"
    )
    assert fields_of(contract.state) == "a: [unchecked T]"
    assert "it is a generic parameter" in contract.notes[0].message


@pytest.mark.parametrize(("title", "source"), cases_of("states.swift"), ids=titles_of("states.swift"))
def test_the_state_is_found_wherever_it_is_declared(title: str, source: str) -> None:
    assert fields_of(contract_of(source).state) == "a: Int", title


def test_windows_line_ends_and_a_byte_order_mark_change_nothing() -> None:
    source = "\ufeffstruct Match: ActivityAttributes {\r\nstruct ContentState: Codable, Hashable { var a: Int }\r\n}"
    assert fields_of(contract_of(source).state) == "a: Int"


def test_old_line_ends_and_utf_16_change_nothing(tmp_path: Path) -> None:
    source = "// Match\rstruct Match: ActivityAttributes {\rstruct ContentState: Codable, Hashable { var a: Int }\r}"
    assert fields_of(contract_of(source).state) == "a: Int"
    file = tmp_path / "Match.swift"
    file.write_bytes(source.replace("\r", "\r\n").encode("utf-16"))
    assert fields_of(read_contract(file, "Match").state) == "a: Int"


@pytest.mark.parametrize(
    "idle", ['#warning("a }")', '#error("a")', '#sourceLocation(file: "a.swift", line: 1)', "func f() {};"]
)
def test_what_declares_nothing_affects_no_field(idle: str) -> None:
    for state in (
        f"{idle}\nvar a: Int\nvar b: Int",
        f"var a: Int\n{idle}\nvar b: Int",
        f"var a: Int, b: Int\n{idle}",
    ):
        contract = contract_with(state)
        assert fields_of(contract.state) == "a: Int, b: Int"
        assert contract.notes == ()


def test_a_semicolon_after_a_computed_property_ends_it() -> None:
    contract = contract_with("var a: Int; var b: Int { 3 } ; var c: Int")
    assert fields_of(contract.state) == "a: Int, c: Int"
    assert contract.notes == ()


def test_the_attributes_are_what_the_type_itself_stores() -> None:
    contract = contract_of(
        "struct Match: ActivityAttributes { struct ContentState: Codable, Hashable {}\n"
        "let homeTeam: String; var id = UUID()\n}"
    )
    assert fields_of(contract.attributes) == "homeTeam: String, id: UUID"
    assert fields_of(contract.state) == ""


def test_what_cannot_be_checked_is_reported_with_its_path_and_its_reason() -> None:
    contract = contract_with(
        "var hand: [Hand]\nvar far: Kit.Status?",
        "struct Hand: Codable { init(from decoder: Decoder) throws {} }",
    )
    messages = {note.column: note.message for note in contract.notes}
    prefix = "cannot be checked from the declaration"
    assert messages == {
        "state.hand[]": f"Hand {prefix}: its init(from:) is written by hand (Match.swift, line 7)",
        "state.far": f"Kit.Status {prefix}: it is not declared in the files at hand",
    }
    assert {note.severity for note in contract.notes} == {"warning"}


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        (
            "var a: Int, b: Int\nenum CodingKeys: String, CodingKey { case a }",
            "b of ContentState is left out",
        ),
        (
            "var score: Int\nenum CodingKeys: String, CodingKey { case score, skore }",
            "skore, and no stored property",
        ),
        (
            "var a: Int { 3 }\nenum CodingKeys: String, CodingKey { case a }",
            "a, and no stored property has that name",
        ),
        (
            "lazy var a = 3\nenum CodingKeys: String, CodingKey { case a }",
            "a, and no stored property has that name",
        ),
    ],
)
def test_coding_keys_that_do_not_compile_are_an_error_of_the_swift(declared: str, expected: str) -> None:
    errors = [note for note in contract_with(declared).notes if note.severity == "error"]
    assert [note.code for note in errors] == ["swift_coding_keys"]
    assert expected in errors[0].message
    assert errors[0].where == "Match.swift, line 2"


def test_a_flag_of_the_project_is_read_as_not_set_and_reported() -> None:
    contract = contract_with("var a: Int\n#if BETA\nvar b: Int\n#endif")
    assert fields_of(contract.state) == "a: Int"
    assert [note.code for note in contract.notes] == ["swift_condition"]
    assert "#if BETA" in contract.notes[0].message


def test_a_macro_that_could_write_its_own_coding_is_reported() -> None:
    contract = contract_with("var t: T", "@AutoCoded struct T: Codable { var a: Int }")
    assert [note.code for note in contract.notes] == ["swift_macro"]
    assert "@AutoCoded" in contract.notes[0].message


def test_attributes_read_by_hand_leave_the_state_checked() -> None:
    contract = contract_of(
        "struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int }\n"
        "let b: Int\ninit(from decoder: Decoder) throws { b = 1 } }"
    )
    assert fields_of(contract.state) == "a: Int"
    assert [note.column for note in contract.notes] == ["attributes"]


def test_a_type_that_is_not_codable_is_reported() -> None:
    contract = contract_with("var t: T", "struct T: Hashable { var a: Int }")
    assert [(note.code, note.where) for note in contract.notes] == [
        ("swift_not_codable", "Match.swift, line 6")
    ]
