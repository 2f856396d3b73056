"""Rooms, people and media: the signalling of calls. Knows nothing of medicine."""
