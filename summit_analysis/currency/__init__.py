"""Rates of the ECB, and amounts put into one currency."""
