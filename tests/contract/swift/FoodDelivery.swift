//
//  FoodDelivery.swift
//  Shared by the app and its widget extension
//

@preconcurrency import ActivityKit
import SwiftUI
import WidgetKit

/// What the Lock Screen shows of an order; `ContentState` comes by push.
@available(iOS 16.1, *)
public nonisolated struct FoodDeliveryAttributes: ActivityAttributes, Sendable {
    public typealias DeliveryStatus = ContentState

    // MARK: - State
    public struct ContentState: Codable, Hashable, Sendable, CustomStringConvertible {
        public enum Step: String, Codable, CaseIterable, Identifiable, Comparable {
            case placed = "PLACED"
            case cooking = "COOKING" // the kitchen says so
            case done

            public var id: Self { self }
            var title: LocalizedStringResource {
                switch self {
                case .placed: "Placed"
                case .cooking: if Bool.random() { "Cooking" } else { "Soon" }
                default: "Done"
                }
            }
            public static func < (lhs: Self, rhs: Self) -> Bool { lhs.rank < rhs.rank }
            private var rank: Int { Self.allCases.firstIndex(of: self)! }
        }

        public var step: Step
        public var window: ClosedRange<Date>
        public let progress: Double
        @available(*, deprecated, message: "use window") public var eta: String?
        public private(set) var items: [Item] = []
        public var extras: [String: String] = [:]
        internal var isLate = false { didSet { print(isLate) } }
        #if DEBUG
        var debugNote: String
        #endif

        public var description: String { "\(step) at \(progress, specifier: "%.1f")" }

        enum CodingKeys: String, CodingKey {
            case step, window, progress, eta, items, extras
            case isLate = "late"
        }

        public init(step: Step, window: ClosedRange<Date>, progress: Double = 0.0) {
            self.step = step
            self.window = window
            self.progress = progress
            guard case .some(let first) = items.first else { return }
            _ = items.map(\.name)
            Task { @MainActor in await first.load() }
        }
    }

    public struct Item: Codable, Hashable, Identifiable, Sendable {
        public var id: UUID = UUID()
        public var name: String, price: Decimal?
    }

    public let orderNumber: String
    let restaurant: URL?
    let schema: Int = 2
}

extension FoodDeliveryAttributes {
    fileprivate static var preview: FoodDeliveryAttributes { .init(orderNumber: "7", restaurant: nil) }
}

struct FoodDeliveryLiveActivity: Widget {
    var body: some WidgetConfiguration {
        ActivityConfiguration(for: FoodDeliveryAttributes.self) { context in
            Text("\(context.state.step.title)").activityBackgroundTint(Color.cyan)
        } dynamicIsland: { context in
            DynamicIsland {
                DynamicIslandExpandedRegion(.leading) { Text("Order") }
            } compactLeading: {
                Text("L")
            } compactTrailing: {
                Text(context.state.step.rawValue)
            } minimal: {
                Image(systemName: "bag")
            }
        }
    }
}

#Preview("Lock Screen", as: .content, using: FoodDeliveryAttributes.preview) {
    FoodDeliveryLiveActivity()
} contentStates: {
    FoodDeliveryAttributes.ContentState.cooking
}
