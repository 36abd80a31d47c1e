"""Results -> tables for a document: models side by side, curves and tests."""
