"""Answers later: a station sends a visit, a doctor of the pool takes it and answers when they can."""
