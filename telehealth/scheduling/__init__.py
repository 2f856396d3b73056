"""Working hours, slots, holds and appointments; the database itself refuses double booking."""
