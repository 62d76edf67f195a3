"""Styles, islands and partials shared by all pages, and their bundles."""
