"""Referrals: written beside the record, answered in the inbox, printed, sent back."""
