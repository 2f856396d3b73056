"""Finding, registering, reading and changing patients, and their consents."""
