"""The text of a cell -> its value with how sure that is, or why it could not be read and what was likely meant."""
