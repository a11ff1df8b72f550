import ActivityKit
import Foundation

/// A flight on the Lock Screen, from three hours before it leaves until it has landed.
public struct FlightActivityAttributes: ActivityAttributes {
    public struct ContentState: Codable, Hashable {
        public var status: Status
        /// The status in the passenger's language.
        public var headline: String
        public var departure: Date
        /// When it lands, once it is in the air.
        public var landing: Date?
        public var delayMinutes: Int
    }

    public enum Status: String, Codable {
        case scheduled
        case delayed
        case departed
        case landed
        case diverted
        case cancelled
    }

    public let carrier: String
    public let flightNumber: String
    public let origin: String
    public let destination: String
}
