"""What an analyst reads of a campaign in the Prefect UI: pages of Markdown, tables and a picture."""
