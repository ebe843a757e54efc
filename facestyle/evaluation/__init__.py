"""Where the README's figures come from: protocols, metrics and plots over labelled data."""
