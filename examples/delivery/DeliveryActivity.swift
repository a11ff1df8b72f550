import ActivityKit
import Foundation

struct DeliveryActivityAttributes: ActivityAttributes {
    enum Status: String, Codable, Hashable {
        case pickup
        case inTransit = "in_transit"
        case outForDelivery = "out_for_delivery"
        case delivered
    }

    struct ContentState: Codable, Hashable {
        var status: Status
        var etaMinutes: Int
    }

    var courierName: String
}
