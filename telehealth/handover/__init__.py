"""A doctor's day given to another: shifts and appointments, with everybody concerned told."""
