"""Building blocks that import nothing else of this package: findings, events, clocks, times, content, settings."""
