"""Amounts of money in running text, held against the ledger."""
