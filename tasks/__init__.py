"""The steps that Prefect retries and shows: one task an API call, and stage, poll, report."""
