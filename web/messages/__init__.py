"""What was sent to patients."""
