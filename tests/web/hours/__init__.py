"""Pages of working hours."""
