"""The station's pages: what is in force, how its agents are, and what can be changed."""
