"""The recorder: keeps every item and frame, and says so with receipts."""
