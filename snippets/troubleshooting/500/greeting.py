TEXT = b"Hello from a module.\n"
