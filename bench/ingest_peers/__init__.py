"""What a user would write or pick instead of ingest, each as well as it is usually done."""
