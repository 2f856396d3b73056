"""What belongs to no area: static files, the choice of language, reports of the content policy."""
