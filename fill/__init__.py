"""Readings in; fill level, forecast, alerts and emptyings out. Pure: no I/O, no clock, nothing of ours.

`fold` takes one reading, `tick` takes the time that passes without any, `forecast` looks ahead. README.md
has the units and the document format of `python -m fill`.
"""
