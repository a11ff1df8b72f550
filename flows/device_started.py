"""The flow `campaign` under its former name for activities that phones opened, kept for existing deployments."""

from __future__ import annotations

from flows.campaign import campaign

device_started = campaign.with_options(name="device_started")
