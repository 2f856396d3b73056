"""Hội chẩn minutes: written beside the record, signed by those they name, printed."""
