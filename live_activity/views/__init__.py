"""What people read about a campaign: the plan, the current state, the report, tables and a chart."""
