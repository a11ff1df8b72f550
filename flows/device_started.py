"""The flow `campaign` under the name that deployments of activities that phones opened had: see its `activities`."""

from __future__ import annotations

from flows.campaign import campaign

device_started = campaign.with_options(name="device_started")
