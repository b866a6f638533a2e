"""What ``snippets/recorded`` has, written by ``make record`` and its kin alone."""
