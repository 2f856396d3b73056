"""Calendars: secret addresses to subscribe to, what they show, one appointment to take along."""
