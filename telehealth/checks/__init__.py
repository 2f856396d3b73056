"""Check questions after a visit: asked on given days, judged, rung, phoned and visited."""
