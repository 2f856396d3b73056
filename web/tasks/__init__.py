"""What a station has to see to."""
