"""Real parts for tests: databases, Redis, TURN, browsers and the program itself, each on loopback."""
