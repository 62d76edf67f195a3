"""Rights and a scan in, a gate decision out. Nothing is here yet: the gate has its own issue."""
