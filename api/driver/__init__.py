"""What the driver holds: the published round on a phone, with or without network."""
