"""The API's stand-in: activities, a fleet of phones, faults, and a page that shows them."""

from live_activity.sandbox.app import create_app
from live_activity.sandbox.options import Decode, Part, SandboxOptions
from live_activity.sandbox.screens import PhoneCounts
from live_activity.sandbox.server import SandboxServer, serve

__all__ = ["Decode", "Part", "PhoneCounts", "SandboxOptions", "SandboxServer", "create_app", "serve"]
