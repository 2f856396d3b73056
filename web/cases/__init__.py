"""The workspace of whoever treats: the case beside the record being written."""
