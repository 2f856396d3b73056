"""How a visit is examined: specialty templates with their versions, and what was found system by system."""
