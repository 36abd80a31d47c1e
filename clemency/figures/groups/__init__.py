"""People and cases by group, place or step."""
