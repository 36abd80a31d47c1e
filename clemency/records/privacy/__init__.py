"""Tables that name people -> tables with keys for names."""
