"""Where enrolled people are kept: one protocol, several stores."""
