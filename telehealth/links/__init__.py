"""Patient links: purpose-bound, revocable addresses sent by SMS, opened without an account."""
