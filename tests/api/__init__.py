"""The JSON API as a whole: its document, and requests that nobody thought of."""
