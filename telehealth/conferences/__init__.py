"""Hội chẩn: the minutes of a conference between facilities, and who signed them."""
