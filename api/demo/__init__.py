"""The demonstration: the whole platform in one command, on nothing but what pip and npm brought."""
