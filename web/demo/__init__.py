"""Pages of the demonstration only."""
