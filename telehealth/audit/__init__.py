"""Who did what with whose data."""
