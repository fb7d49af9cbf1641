"""Who says what about a pledge, what became of it, and what it all adds up to."""
