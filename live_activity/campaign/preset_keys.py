"""What a campaign file may say beside the campaign: how its deployment looks, not what is played."""

PRESET_KEYS = frozenset({"mode", "approval", "tags", "schedule", "description"})
