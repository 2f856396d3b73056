"""Orders: written beside the record, seen and done at the station, followed by the doctor."""
