"""What the dispatcher sees: the board, a container, the rounds."""
