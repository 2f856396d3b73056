"""Pages of working hours: a doctor's week, a house's opening hours, appointments left without hours."""
