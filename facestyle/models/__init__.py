"""The networks, one torch module a file, and the cache that loads them with their weights."""
