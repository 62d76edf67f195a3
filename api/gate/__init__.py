"""The déchetterie's gate: terminals, their scans and journals, the signed list they decide with alone."""
