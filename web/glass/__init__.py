"""Opening a record out of scope in an emergency, and reviewing that it was opened."""
