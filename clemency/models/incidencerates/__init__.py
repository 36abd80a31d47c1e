"""Events and person-time -> rates of groups."""
