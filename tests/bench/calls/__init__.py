"""`make bench-calls`: what a call does on bad links, measured in the laboratory with real browsers."""
