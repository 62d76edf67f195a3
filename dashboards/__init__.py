"""Grafana as code: `python -m dashboards` writes the boards and alert rules. Imports nothing of ours."""
