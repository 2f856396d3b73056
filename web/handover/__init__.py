"""Handing over a doctor's day: seen before it is done."""
