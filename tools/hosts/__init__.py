"""The lab on hosts of another kind."""
