"""The `live-activity` command."""
