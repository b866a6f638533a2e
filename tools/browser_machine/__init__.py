"""The machine that runs in a reader's browser."""
