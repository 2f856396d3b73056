"""Text messages: an outbox written with the act, gateways, receipts, and templates as data."""
