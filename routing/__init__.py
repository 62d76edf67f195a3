"""A problem in, a checked plan out: rounds for trucks that fill up, empty themselves and go home.

Pure: no file, no network, no calendar, no environment, and nothing of ours imported. It alone
imports the solvers. ``routing.child`` is the one shell: it runs ``solve`` in a process of its own.
"""
