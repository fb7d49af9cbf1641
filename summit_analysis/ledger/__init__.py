"""The tables: read, checked, copied, cited, printed."""
