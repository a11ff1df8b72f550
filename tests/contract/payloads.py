"""What JSONDecoder does with payloads, rule by rule: Swift type, value of `v`, whether it decodes, the rule."""

from __future__ import annotations

from typing import Any

NOTHING: Any = object()
"""Stands for a payload without the key."""

BESIDE = """
enum Period: String, Codable { case first, half = "half_time", second }
enum Level: Int, Codable { case low = 1, mid, high }
enum Ratio: Double, Codable { case half = 0.5, whole = 1 }
enum Phase: Codable { case onTheWay, arrived }
enum Side: String, Codable, CodingKeyRepresentable { case home, away }
enum Result: Codable { case won(by: Int), lost }
struct Score: Codable, Hashable { var home: Int; var away: Int? }
struct Renamed: Codable { var homeScore: Int; var kept = 3
  enum CodingKeys: String, CodingKey { case homeScore = "home_score" } }
struct Fixed: Codable { let kind: String = "match"; var minute: Int = 1 }
struct Hand: Codable { var a: Int; init(from decoder: Decoder) throws { a = 1 } }
struct Tree: Codable { var name: String; var branches: [Tree]? }
struct Box<T: Codable>: Codable { var value: T }
struct Team: RawRepresentable, Codable { let rawValue: String }
struct Ticket: RawRepresentable, Codable { let rawValue: UUID }
enum Goals: Int, Codable, CodingKeyRepresentable { case none, one }
struct Empty: Codable {}
"""

Row = tuple[str, Any, bool, str]

NUMBERS: list[Row] = [
    ("Int", 3, True, "an integer"),
    ("Int", 3.0, True, "a number without a fraction is an Int"),
    ("Int", 1e3, True, "so is one with an exponent"),
    ("Int", -3, True, "a negative integer"),
    ("Int", 3.5, False, "a fraction is not an Int"),
    ("Int", "3", False, "text is not an Int"),
    ("Int", True, False, "true is not an Int"),
    ("Int", None, False, "null needs an Optional"),
    ("Int", NOTHING, False, "a missing key needs an Optional"),
    ("Int", [3], False, "an array is not an Int"),
    ("Int", {}, False, "an object is not an Int"),
    ("Int", 2**63 - 1, True, "Int has 64 bits"),
    ("Int", 2**63, False, "and no more"),
    ("Int", -(2**63), True, "the smallest Int"),
    ("Int", 9.3e18, False, "too large with an exponent"),
    ("Int8", 127, True, "the largest Int8"),
    ("Int8", 128, False, "over it"),
    ("Int8", -129, False, "under the smallest"),
    ("Int16", 32768, False, "over Int16"),
    ("Int32", 2**31, False, "over Int32"),
    ("Int64", -(2**63) - 1, False, "under Int64"),
    ("UInt", -1, False, "UInt is never negative"),
    ("UInt", 2**64 - 1, True, "the largest UInt"),
    ("UInt8", 255, True, "the largest UInt8"),
    ("UInt8", 256, False, "over it"),
    ("UInt16", -1, False, "no unsigned integer is negative"),
    ("UInt32", 2**32, False, "over UInt32"),
    ("UInt64", 2**64, False, "over UInt64"),
    ("Double", 3, True, "an integer is a Double"),
    ("Double", 3.5, True, "so is a fraction"),
    ("Double", "3.5", False, "text is not a Double"),
    ("Double", False, False, "false is not a Double"),
    ("Double", float("inf"), False, "a number beyond Double"),
    ("Double", 10**400, False, "an integer beyond Double"),
    ("Float", 3.4e38, True, "a large Float"),
    ("Float", 3.5e38, False, "a number beyond Float"),
    ("TimeInterval", 1.5, True, "TimeInterval is Double"),
    ("CGFloat", 2, True, "CGFloat takes numbers"),
    ("Decimal", 12.5, True, "Decimal takes a number"),
    ("Decimal", "12.5", False, "and no text"),
    ("Bool", True, True, "true"),
    ("Bool", False, True, "false"),
    ("Bool", 1, False, "1 is not a Bool"),
    ("Bool", 0, False, "0 is not a Bool"),
    ("Bool", "true", False, "text is not a Bool"),
]

TEXTS: list[Row] = [
    ("String", "", True, "empty text is a String"),
    ("String", "05", True, "digits are a String"),
    ("String", 5, False, "a number is not a String"),
    ("String", True, False, "true is not a String"),
    ("String", None, False, "null is not a String"),
    ("Date", 806180400, True, "a Date is a number"),
    ("Date", 806180400.5, True, "with a fraction"),
    ("Date", -1, True, "before 2001"),
    ("Date", "2026-07-19T19:00:00Z", False, "ISO text is not a Date"),
    ("Date", "806180400", False, "nor is a number as text"),
    ("Date", True, False, "nor is true"),
    ("URL", "https://example.com/a?b=c#d", True, "an address"),
    ("URL", "app://match/7", True, "a scheme of the app"),
    ("URL", "images/crest.png", True, "a relative address"),
    ("URL", "https://[::1]:8080/", True, "an IPv6 host with a port"),
    ("URL", "https://example.com//a", True, "an empty step in the path"),
    ("URL", "mailto:fan@example.com", True, "a scheme without a host"),
    ("URL", "", True, "empty text, which some phones refuse"),
    ("URL", "https://example.com/a b", True, "a space in a path is encoded"),
    ("URL", "https://example.com/%zz", True, "so is a broken percent code"),
    ("URL", "https://exam ple.com/", False, "a space in a host is not"),
    ("URL", "https://example.com/{id}?q=[1]", True, "braces and brackets in a path"),
    ("URL", "https://[::1", False, "a bracket that never closes"),
    ("URL", "12:30", False, "a scheme that begins with a digit"),
    ("URL", "https://example.com:port/", False, "a port that is not a number"),
    ("URL", 7, False, "a number is not a URL"),
    ("UUID", "E621E1F8-C36C-495A-93FC-0C247A3E6E5F", True, "36 characters"),
    ("UUID", "e621e1f8-c36c-495a-93fc-0c247a3e6e5f", True, "in either case"),
    ("UUID", "E621E1F8C36C495A93FC0C247A3E6E5F", False, "without hyphens"),
    ("UUID", "{E621E1F8-C36C-495A-93FC-0C247A3E6E5F}", False, "in braces"),
    ("Data", "aGVsbG8=", True, "Base64"),
    ("Data", "", True, "no bytes"),
    ("Data", "aGVsbG8", False, "without its padding"),
    ("Data", "aGVs bG8=", False, "with a space"),
    ("Data", "a-_=", False, "the alphabet of URLs"),
]

OPTIONALS: list[Row] = [
    ("Int?", NOTHING, True, "an Optional may be missing"),
    ("Int?", None, True, "or null"),
    ("Int?", 3, True, "or a value"),
    ("Int?", "3", False, "but no value of another type"),
    ("Int!", NOTHING, True, "an implicitly unwrapped one too"),
    ("Int??", None, True, "and one of an Optional"),
    ("Int = 3", NOTHING, False, "a default makes no key optional"),
    ("Int? = 3", NOTHING, True, "an Optional with a default may be missing"),
    ("Period?", "third", False, "an Optional enum refuses a wrong case"),
    ("Score?", {"away": 1}, False, "an Optional struct refuses a broken one"),
    ("Box<Int?>", {"value": None}, True, "a generic Optional may be null"),
    ("Box<Int?>", {}, False, "but is read with decode, and must be there"),
    ("Unknown", NOTHING, False, "a type of another module must be there"),
    ("Unknown", {"x": 1}, True, "and nothing more is known of it"),
    ("Unknown?", NOTHING, True, "unless it is Optional"),
]

ENUMS: list[Row] = [
    ("Period", "first", True, "a raw value implied"),
    ("Period", "half_time", True, "a raw value given"),
    ("Period", "half", False, "the case's name is none then"),
    ("Period", "First", False, "case matters"),
    ("Period", "first ", False, "space matters"),
    ("Period", 0, False, "a number is not a raw value of String"),
    ("Period", {"first": {}}, False, "nor is an object"),
    ("Level", 2, True, "a raw value of Int, implied after 1"),
    ("Level", 2.0, True, "without a fraction"),
    ("Level", 4, False, "beyond the last"),
    ("Level", "mid", False, "the case's name is not a raw value of Int"),
    ("Level", True, False, "true is not 1"),
    ("Ratio", 0.5, True, "a raw value of Double"),
    ("Ratio", 1, True, "written without a point"),
    ("Ratio", 0.25, False, "no case"),
    ("Phase", {"arrived": {}}, True, "no raw value: an object of the case"),
    ("Phase", "arrived", False, "text is none"),
    ("Phase", {}, False, "no case"),
    ("Phase", {"gone": {}}, False, "no case of it"),
    ("Phase", {"arrived": {}, "onTheWay": {}}, False, "two cases"),
    ("Phase", {"arrived": {}, "gone": {}}, True, "keys that are no case do not count"),
    ("Phase", {"arrived": None}, False, "a case holds an object"),
    ("Result", "anything", False, "cases with values are objects"),
    ("Result", {"won": {"by": 2}}, True, "with the labels as keys"),
    ("Result", {"won": {"by": "2"}}, False, "and values of their types"),
    ("Result", {"won": {}}, False, "which must be there"),
    ("Result", {"lost": {}}, True, "a case without values holds an empty object"),
    ("Team", "GAL", True, "a RawRepresentable struct is its raw value"),
    ("Team", {"rawValue": "GAL"}, False, "and no object"),
    (
        "Ticket",
        {"rawValue": "E621E1F8-C36C-495A-93FC-0C247A3E6E5F"},
        True,
        "of a UUID it is an object like others",
    ),
    ("Ticket", "E621E1F8-C36C-495A-93FC-0C247A3E6E5F", False, "and no text"),
]

COLLECTIONS: list[Row] = [
    ("[Int]", [], True, "an empty array"),
    ("[Int]", [1, 2.0], True, "each element as its type"),
    ("[Int]", [1, "2"], False, "one wrong element is enough"),
    ("[Int]", [1, None], False, "null needs an Optional element"),
    ("[Int?]", [1, None], True, "which takes it"),
    ("[Int]", {"0": 1}, False, "an object is not an array"),
    ("[Int]", 1, False, "one value is not an array"),
    ("[[Int]]", [[1], []], True, "arrays in arrays"),
    ("Set<String>", ["a", "a"], True, "a Set takes a value twice"),
    ("Set<String>", ["a", 1], False, "and refuses another type"),
    ("[String: Int]", {"a": 1}, True, "a dictionary is an object"),
    ("[String: Int]", {}, True, "an empty one too"),
    ("[String: Int]", {"a": None}, False, "null needs an Optional value"),
    ("[String: Int?]", {"a": None}, True, "which takes it"),
    ("[String: Int]", [["a", 1]], False, "an array is none"),
    ("[Int: String]", {"1": "a", "-2": "b"}, True, "Int keys are integers as text"),
    ("[Int: String]", {"one": "a"}, False, "and nothing else"),
    ("[Int: String]", {"1.0": "a"}, False, "not even a number with a point"),
    ("[Period: Int]", ["first", 1, "second", 2], True, "other keys make an array in turns"),
    ("[Period: Int]", {"first": 1}, False, "not an object"),
    ("[Period: Int]", ["first"], False, "a key without its value"),
    ("[Period: Int]", ["third", 1], False, "a key that is not a case"),
    ("[UInt8: Int]", [1, 2], True, "so do integers that are no Int"),
    ("[Side: Int]", {"home": 1}, True, "CodingKeyRepresentable keys make an object"),
    ("[Side: Int]", {"left": 1}, False, "whose keys are cases"),
    ("[Goals: Int]", {"1": 1}, True, "written as text where the cases are numbers"),
    ("[Goals: Int]", {"one": 1}, False, "and not by their names"),
    ("[Goals: Int]", {"2": 1}, False, "nor by a number that is not a case"),
    ("ClosedRange<Date>", [1, 2], True, "a range is two bounds"),
    ("ClosedRange<Date>", [2, 1], False, "the lower first"),
    ("ClosedRange<Int>", [1], False, "both of them"),
    ("Range<Int>", {"lowerBound": 1, "upperBound": 2}, False, "in an array"),
]

STRUCTS: list[Row] = [
    ("Score", {"home": 1}, True, "a struct; its Optional may be missing"),
    ("Score", {"home": 1, "away": 2, "extra": 3}, True, "extra keys are ignored"),
    ("Score", {"away": 2}, False, "a needed key lacks"),
    ("Score", {"Home": 1}, False, "keys are case-sensitive"),
    ("Score", [1, 2], False, "an array is not a struct"),
    ("[Score]", [{"home": 1}, {}], False, "a broken one in an array"),
    ("Renamed", {"home_score": 1}, True, "CodingKeys rename; what they leave out is not read"),
    ("Renamed", {"homeScore": 1}, False, "the property's own name is none then"),
    ("Renamed", {"home_score": 1, "kept": "x"}, True, "what they leave out may hold anything"),
    ("Fixed", {"minute": 3}, True, "a let with a value is not read"),
    ("Fixed", {"minute": 3, "kind": 7}, True, "so it may hold anything"),
    ("Fixed", {}, False, "a var with one is needed"),
    ("Hand", 7, True, "an init(from:) by hand can take anything"),
    ("Tree", {"name": "a", "branches": [{"name": "b"}]}, True, "a type inside itself"),
    ("Tree", {"name": "a", "branches": [{"name": 1}]}, False, "to any depth"),
    ("Empty", {}, True, "a struct without fields"),
    ("Box<Period>", {"value": "first"}, True, "a generic struct"),
    ("Box<Period>", {"value": "third"}, False, "of a checked type"),
]

PAYLOADS = [*NUMBERS, *TEXTS, *OPTIONALS, *ENUMS, *COLLECTIONS, *STRUCTS]
