"""The header of a sheet and what stands below it -> which column holds what, as a table that can be edited and kept."""
