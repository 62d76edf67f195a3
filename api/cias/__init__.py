"""The office of the social service (CIAS): meals carried to seniors."""
