"""Pictures grouped by person, their split by people, and batches of P people with K pictures each."""
