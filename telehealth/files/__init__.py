"""Files of patients: photos, papers. Encrypted at rest with a key of their own, referenced by id."""
