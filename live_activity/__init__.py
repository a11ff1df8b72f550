"""Live Activity campaigns: the domain, for any Python program. Imports no Prefect."""
