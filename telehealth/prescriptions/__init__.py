"""Prescriptions: medicines, what is prescribed, what warns, the code of the national system."""
