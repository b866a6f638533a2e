"""What a person types beyond the tests: ``make`` calls each by its name."""
