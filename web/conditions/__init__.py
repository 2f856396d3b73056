"""What stands outside the ministry's list, and what to do about it."""
