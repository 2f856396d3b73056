"""Working hours of everything that can be busy, and what can be booked in them."""
