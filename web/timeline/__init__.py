"""Everything that happened around a person's care, by date."""
