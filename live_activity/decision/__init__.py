"""Pure decisions: what an activity does next, given its rows, its recorded state and the time."""
