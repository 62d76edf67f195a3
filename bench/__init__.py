"""Measured comparisons: each module asks one question, `python -m bench` prints and keeps the answers."""
