"""Mechanism without domain: time, ids, states, errors, database, events, security, text."""
