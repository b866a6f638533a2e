import os
class First:
    # listing-by-lines
    place = os.curdir
    other = os.pardir
