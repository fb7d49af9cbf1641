"""What everything stands on: errors, words in both languages, files."""
