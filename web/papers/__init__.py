"""Papers: PDF of what was signed, codes to verify it, what other systems take of it."""
