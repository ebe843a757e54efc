"""Where the two halves meet: painting people so that they can still be recognised, and measuring whether they can."""
