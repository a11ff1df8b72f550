"""The exit codes of every command."""

DONE = 0
"""Done, and somebody was reached; rejects and unreached phones are in the report."""
FAILED = 1
"""Failed, cancelled, missed or owned by another run, or one activity failed."""
WRONG_INPUT = 2
"""Wrong input, an ended edition, or error findings in `check`."""
