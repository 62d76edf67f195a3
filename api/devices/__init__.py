"""Probes in life: registered, mounted, replaced, given access, told what to do, watched."""
