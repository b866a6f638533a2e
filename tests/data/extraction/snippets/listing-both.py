first = 1
# Begin
second = 2
# listing-both
third = 3
