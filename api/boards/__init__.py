"""The service chief's room: the boards that Grafana shows, on our own pages too."""
