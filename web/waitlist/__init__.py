"""Who waits for an earlier time: the station's own, and those a coordinator has to choose among."""
