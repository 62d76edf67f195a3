"""Calendars, menus, orders and rules in; deliveries, kitchen counts and bills out. Pure: no I/O, no clock."""
