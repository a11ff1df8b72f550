import ActivityKit
import Foundation

/// A match of the tournament on the Lock Screen.
public struct MatchDayActivityAttributes: ActivityAttributes {
    public struct ContentState: Codable, Hashable {
        public var homeScore: Int
        public var awayScore: Int
        public var period: Period
        /// The minute of play, 0 to 90.
        public var minute: Int
        public var lastGoal: Goal?
    }

    public enum Period: String, Codable {
        case firstHalf
        case halfTime
        case secondHalf
        case finished
    }

    public struct Goal: Codable, Hashable {
        public var scorer: String
        public var minute: Int
    }

    public let homeTeam: String
    public let awayTeam: String
    public let round: String
    public let ground: String
}
