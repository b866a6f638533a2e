"""What the servers of the talk cost."""
