"""Pages of the specialty templates."""
