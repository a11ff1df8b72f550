"""The public Python API: campaigns, reports and the ledger for notebooks, scripts and other flows."""
