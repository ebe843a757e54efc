"""Side-by-side runs against peers; each prints a table."""
