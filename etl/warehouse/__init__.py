"""The warehouse: embedded or real PostgreSQL, migrations, loading, the store of files, audit."""
