"""The pages from the request to the slip."""
