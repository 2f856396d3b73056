"""Calls: the room of an appointment, who may come in and as what, what was said, how it ended."""
