"""The one contract between processes: schema, migrations, views, connections. SQL first, no ORM."""
