"""Keys of a campaign file that are about its deployment, not about the campaign."""

PRESET_KEYS = frozenset({"mode", "approval", "tags", "schedule", "description"})
