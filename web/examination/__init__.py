"""Pages of the examination, system by system."""
