"""The station's day and week."""
