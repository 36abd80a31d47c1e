"""The parts of a ruling -> the values in each, with their places and how sure they are."""
