"""Overlaps between lists of people -> how many are on none of them: multiple-systems estimation."""
