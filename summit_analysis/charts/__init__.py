"""Figures ready to print, each with its data, its finding as title, its alt text and its sources."""
