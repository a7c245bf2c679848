"""The items page: what is recorded, found by what is known of it, and each item with its whole story."""
