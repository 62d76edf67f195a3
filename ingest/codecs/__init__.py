"""A device's payload in, canonical samples out: start at `registry.decode`. README.md: the vocabulary."""
