"""Exchange with other programs in their own formats: calendars (iCalendar, RFC 5545)."""
