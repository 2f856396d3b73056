"""Managing the staff of a facility."""
