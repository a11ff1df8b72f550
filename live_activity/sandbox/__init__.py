"""A sandbox of the Live Activities API: activities, a fleet of simulated phones, faults, and pages that show them."""

from live_activity.sandbox.app import create_app
from live_activity.sandbox.cards import CardRenderer
from live_activity.sandbox.fleet_profile import FleetProfile
from live_activity.sandbox.options import Decode, Part, SandboxOptions
from live_activity.sandbox.screens import AlertCounts, PhoneCounts
from live_activity.sandbox.server import SandboxServer, serve

__all__ = [
    "AlertCounts",
    "CardRenderer",
    "Decode",
    "FleetProfile",
    "Part",
    "PhoneCounts",
    "SandboxOptions",
    "SandboxServer",
    "create_app",
    "serve",
]
