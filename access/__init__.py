"""Rights and a scan in, a gate decision out. Pure: no I/O, no clock, nothing of ours.

`rules.read` takes a council's dated rule book (TOML), `allowances.windows` says what must be counted,
`decide.decide` answers. README.md has the units, the format of rule books and the document of
`python -m access`.
"""
