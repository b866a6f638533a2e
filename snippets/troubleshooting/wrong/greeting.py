TEXT = b"Good morning.\n"
