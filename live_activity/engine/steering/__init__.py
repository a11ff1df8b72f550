"""Steering commands: what a person sends to a running campaign, and what it changes."""
