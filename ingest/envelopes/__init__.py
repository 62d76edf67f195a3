"""What a LoRaWAN network server publishes, as one `Uplink` or as what else it is. Start at `routes.read`."""
