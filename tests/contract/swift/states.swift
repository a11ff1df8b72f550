// Where a ContentState may stand. A line `//: what it shows` begins each case; each state is `a: Int`.

//: nested
struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } }

//: a composition of protocols, and a module's name
struct Match: ActivityKit.ActivityAttributes { public struct ContentState: Codable & Hashable { var a: Int } }

//: the conformance and the state in an extension
struct Match {}
extension Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } }

//: a typealias to a type outside
struct Match: ActivityAttributes { typealias ContentState = State }
struct State: Codable, Hashable { var a: Int }

//: a typealias through Self
struct Match: ActivityAttributes { typealias ContentState = Self.State
struct State: Codable, Hashable { var a: Int } }

//: in an extension of its own
struct Match: ActivityAttributes { }
extension Match { struct ContentState: Codable, Hashable { let a: Int } }

//: by a protocol of the app
protocol Live: ActivityAttributes {}
struct Match: Live { struct ContentState: Codable, Hashable { var a: Int } }

//: by a typealias of protocols
typealias Live = ActivityAttributes & Sendable
struct Match: Live { struct ContentState: Codable, Hashable { var a: Int } }

//: nested in another type
enum App { struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } } }

//: in #if canImport, with attributes
#if canImport(ActivityKit)
import ActivityKit
@available(iOS 16.1, *)
struct Match: Codable, ActivityAttributes {
struct ContentState: Codable, Hashable { var a: Int } }
#endif

//: with an unchecked conformance
nonisolated public struct Match: @unchecked Sendable, ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } }

//: the second of two
struct Other: ActivityAttributes { struct ContentState: Codable, Hashable { var b: Int } }
struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } }

//: a type in an extension of another
struct Match: ActivityAttributes { typealias ContentState = Shared.State }
enum Shared {}
extension Shared { struct State: Codable, Hashable { var a: Int } }

//: in a flag that only the project knows
#if LIVE_ACTIVITIES
struct Match: ActivityAttributes { struct ContentState: Codable, Hashable { var a: Int } }
#endif
