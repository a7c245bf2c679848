"""Long work that the page starts and watches: commands of `okko` as processes of their own, never in the agent."""
