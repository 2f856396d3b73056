"""One's own account: password, PIN, sign-ins."""
