"""Sets up a Prefect server for campaigns: deployments, presets, alerts, and the whole stack on one machine."""
