"""Keys of a campaign file that its deployment is made from."""

# Those that are not about the campaign: whoever reads only the campaign leaves them out.
DEPLOYMENT_KEYS = frozenset({"mode", "tags", "schedule", "description"})
# Those that a preset checks by itself: `approval` belongs to the campaign, but a preset has to say it.
PRESET_KEYS = DEPLOYMENT_KEYS | {"approval"}
