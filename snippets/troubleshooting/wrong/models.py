import decimall

PRICE = decimall.Decimal("9.50")
