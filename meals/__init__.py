"""Orders, menus and rules in, deliveries out. Nothing is here yet: meals have their own issue."""
