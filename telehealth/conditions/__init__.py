"""The ministry's list of conditions for remote examination, and what stands outside it."""
