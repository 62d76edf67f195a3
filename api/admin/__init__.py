"""Accounts and the state of the installation."""
