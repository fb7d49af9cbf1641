"""The explorer, and the site in two languages."""
