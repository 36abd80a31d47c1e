"""What the machine has -> folders, packages and a date that can be relied on, or what to do about it."""
