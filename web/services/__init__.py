"""What can be booked, and when patients are reminded of it."""
