"""Texts of messages: reading, editing, registering, exporting."""
