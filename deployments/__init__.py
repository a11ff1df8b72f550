"""How campaigns get onto a Prefect server: deployments, presets, alerts, and the whole stack on one machine."""
