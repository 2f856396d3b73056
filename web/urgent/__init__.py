"""Urgent requests: the station's ring screen, the banner of rung doctors, the on-duty switch."""
