"""The signed paper behind a consent."""
