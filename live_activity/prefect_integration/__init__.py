"""Everything about Prefect that is neither a flow nor a task: blocks, forms, artifacts, signals, hooks."""
