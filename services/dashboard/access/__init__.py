"""The people of the dashboard: users, passwords, sessions, lock-out, and what was done by whom."""
