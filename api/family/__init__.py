"""The family's room: whoever follows and orders the meals of somebody they love."""
