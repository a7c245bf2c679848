"""The label page: one item after the other, one key each, the most doubtful first."""
