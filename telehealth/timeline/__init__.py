"""Everything that happened around a person's care, over the facilities the reader may see, by date."""
