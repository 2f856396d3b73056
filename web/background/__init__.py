"""Pages of what a patient carries from visit to visit."""
