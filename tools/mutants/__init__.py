"""Change one thing at a time, and see whether the suite notices."""
