"""The flows that an analyst starts, in the Prefect UI or from a shell."""
