"""The desk: a web page for the people who watch, approve, correct and stop campaigns. It needs no Prefect."""

from live_activity.desk.app import create_app
from live_activity.desk.options import DeskOptions
from live_activity.desk.server import DeskServer, serve

__all__ = ["DeskOptions", "DeskServer", "create_app", "serve"]
