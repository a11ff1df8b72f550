import ActivityKit
import Foundation

/// A cup match on the Lock Screen: it can go to extra time and to penalties.
public struct CupMatchActivityAttributes: ActivityAttributes {
    public struct ContentState: Codable, Hashable {
        public var homeScore: Int
        public var awayScore: Int
        public var period: Period
        /// The minute of play, 0 to 120.
        public var minute: Int
        public var lastGoal: Goal?
    }

    public enum Period: String, Codable {
        case firstHalf
        case halfTime
        case secondHalf
        case extraTimeBreak
        case extraTimeFirstHalf
        case extraTimeHalfTime
        case extraTimeSecondHalf
        case penalties
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
