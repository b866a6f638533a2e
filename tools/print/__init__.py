"""Deck and tutorial on paper."""
