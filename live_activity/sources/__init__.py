"""Where a timeline is read from, and how a changed one is read again at low cost."""
