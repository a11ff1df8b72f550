// Types as apps write them. A line `//: what it shows -> what t: T is read as` begins each case.

//: raw values implied -> T(a|b)
enum T: String, Codable { case a, b }

//: raw values given -> T(A|b|see)
enum T: String, Codable { case a = "A", b, c = "see" }

//: raw text escaped -> T(q"A|x\n)
enum T: String, Codable { case a = "q\"\u{41}", b = #"x\n"# }

//: a raw type after the protocol -> T(a)
enum T: Codable, String { case a }

//: integers implied from 0 -> T(0|1|2)
enum T: Int, Codable { case a, b, c }

//: integers from one given -> T(-1|0|10|11)
enum T: Int8, Codable { case a = -1, b, c = 10, d }

//: cases in one line and several -> T(a|b|c)
enum T: String, Codable { case a, b
case c }

//: a case in backticks -> T(default|b)
enum T: String, Codable { case `default`, b }

//: a raw type by alias -> T(0|1)
typealias R = Int
enum T: R, Codable { case a, b }

//: no raw value -> T{a|b}
enum T: Codable { case a, b }

//: no raw value, with CodingKeys -> T{A|b}
enum T: Codable { case a, b
enum CodingKeys: String, CodingKey { case a = "A", b } }

//: values in its cases -> T{a(_0: Int)|b}
enum T: Codable { case a(Int), b }

//: labels, defaults and Optionals in its cases -> T{a(by: Int, _1: String)|b(_0: Int?, x: Bool?)}
enum T: Codable { case a(by: Int = 3, _ name: String), b(Int?, x: Bool? = nil) }

//: CodingKeys of cases and of their labels -> T{A(points: Int)|b}
enum T: Codable { case a(by: Int), b, c
enum CodingKeys: String, CodingKey { case a = "A", b }
enum ACodingKeys: String, CodingKey { case by = "points" } }

//: an enum inside itself -> T{leaf|node(_0: ->T, _1: ->T)}
indirect enum T: Codable { case leaf, node(T, T) }

//: init(from:) by hand in an enum -> unchecked T
enum T: String, Codable { case a
init(from decoder: Decoder) throws { self = .a } }

//: init(from:) by hand -> unchecked T
struct T: Codable { var a: Int
init(from decoder: any Swift.Decoder) throws { a = 1 } }

//: init(from:) in an extension -> unchecked T
struct T: Codable { var a: Int }
extension T { init(from decoder: Decoder) throws { a = 1 } }

//: init(from:) of a protocol -> unchecked T
protocol P: Decodable {}
extension P { init(from decoder: Decoder) throws { fatalError() } }
struct T: P { var a: Int }

//: init(from:) of something else -> T(a: Int)
struct T: Codable { var a: Int
init(from order: Order) { a = 1 } }

//: a struct -> T(a: Int, b: String?)
struct T: Codable { var a: Int; let b: String? }

//: Codable in an extension -> T(a: Int)
struct T { var a: Int }
extension T: Codable {}

//: a class -> T(a: Int)
final class T: Codable { var a: Int = 1; init() {} }

//: an actor -> T(a: Int)
actor T: Codable { let a: Int }

//: a subclass is read as its superclass -> T(a: Int)
class S: Codable { var a: Int = 1 }
class T: S { var b = 2 }

//: @Observable -> unchecked T
@Observable class T: Codable { var a: Int = 1 }

//: a typealias -> [String: Int]
typealias T = [String: Int]

//: a typealias to an Optional -> Int?
typealias T = Int?

//: typealiases in a circle -> unchecked U
typealias T = U
typealias U = T

//: a nested type of another -> T(i: Inner(e: T.Inner.E(x)))
struct T: Codable { var i: Inner
struct Inner: Codable { var e: E
enum E: String, Codable { case x } } }

//: the inner type before the outer -> T(i: Inner(right: Int))
struct Inner: Codable { var wrong: Int }
struct T: Codable { var i: Inner
struct Inner: Codable { var right: Int } }

//: a type of the app before Foundation's -> T(d: Date(day: Int))
struct Date: Codable { var day: Int }
struct T: Codable { var d: Date }

//: a type inside itself -> T(more: [->T])
struct T: Codable { var more: [T] }

//: a RawRepresentable struct -> String
struct T: RawRepresentable, Codable { let rawValue: String }

//: an enum key -> pairs[Period(first|second): Int]
enum Period: String, Codable { case first, second }
typealias T = [Period: Int]

//: a CodingKeyRepresentable key -> [K(a): Int]
enum K: String, Codable, CodingKeyRepresentable { case a }
typealias T = [K: Int]

//: a protocol -> unchecked T
protocol T: Codable {}

//: CodingKeys -> T(home_score: Int, b: Int)
struct T: Codable { var homeScore: Int, b: Int
enum CodingKeys: String, CodingKey { case homeScore = "home_score", b } }

//: CodingKeys in an extension -> T(A: Int)
struct T: Codable { var a: Int }
extension T { enum CodingKeys: String, CodingKey { case a = "A" } }

//: CodingKeys that leave one out -> T(a: Int)
struct T: Codable { var a: Int, b = 3, c: Int?
enum CodingKeys: String, CodingKey { case a } }

//: CodingKeys of Int name by case -> T(a: Int)
struct T: Codable { var a: Int
enum CodingKeys: Int, CodingKey { case a = 7 } }

//: CodingKeys by alias -> T(A: Int)
enum Keys: String, CodingKey { case a = "A" }
struct T: Codable { var a: Int
typealias CodingKeys = Keys }

//: DEBUG is not set -> T(b: Int, c: Int)
struct T: Codable {
#if DEBUG
var a: Int
#else
var b: Int
#endif
var c: Int }

//: the phone's side of a platform -> T(b: Int)
struct T: Codable {
#if os(macOS)
var a: Int
#elseif os(iOS) && !targetEnvironment(simulator)
var b: Int
#endif
}

//: imports that a phone has -> T(a: Int)
#if canImport(UIKit) && swift(>=5.9)
struct T: Codable { var a: Int }
#endif

//: #if inside #if -> T(b: Int)
struct T: Codable {
#if os(iOS)
#if DEBUG
var a: Int
#endif
var b: Int
#endif
}

//: a case in #if -> T(a)
enum T: String, Codable { case a
#if DEBUG
case b
#endif
}

//: init(rawValue:) by hand -> unchecked T but String
enum T: String, Codable { case a, other
    init(rawValue: String) { self = rawValue == "a" ? .a : .other } }

//: init(rawValue:) by hand in an extension -> unchecked T but String
enum T: String, Codable { case a }
extension T { init?(rawValue: String) { nil } }

//: a RawRepresentable struct with the plain init -> Int
struct T: RawRepresentable, Codable { var rawValue: Int
    init(rawValue: Int) { self.rawValue = rawValue } }

//: a RawRepresentable struct that can refuse -> unchecked T but Int
struct T: RawRepresentable, Codable { var rawValue: Int
    init?(rawValue: Int) { nil } }

//: raw values of a type that is not at hand -> unchecked T
enum T: Kit.Code, Codable { case a = "A", b = "B" }

//: a RawRepresentable struct of no single value -> T(rawValue: UUID)
struct T: RawRepresentable, Codable { let rawValue: UUID }

//: an OptionSet -> Int
struct T: OptionSet, Codable { let rawValue: Int
    static let a = T(rawValue: 1) }

//: encode(to:) by hand alone -> T(a: Int)
struct T: Codable { var a: Int
    func encode(to encoder: Encoder) throws {} }

//: a default that a static property gives -> T(a: Int, b: Int)
struct T: Codable { var a = T.start, b = Self.start
    static let start = 3 }
