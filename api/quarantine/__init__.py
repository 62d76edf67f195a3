"""The messages ingest could not take: what they were, why, and another chance once the cause is mended."""
