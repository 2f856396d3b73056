"""Who agreed to what, in which words, and who recorded it."""
