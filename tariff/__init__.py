"""Usage and voted grids in, explained bills out. Nothing is here yet: tariffs have their own issue."""
