"""Pages of the lists of diagnosis codes."""
