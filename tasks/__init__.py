"""The steps that Prefect retries and shows: API calls, staging and polls."""
