class First:
    pass


class Second:  # listing-object
    pass
