"""Server-rendered pages: routes parse, services decide, templates print."""
