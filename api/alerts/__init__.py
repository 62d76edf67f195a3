"""Alerts people act on: the inbox, what is done with each, who is told, how, and whether they were."""
