"""Reports of many quarters in one folder -> an index, a feed, and the way from one to the next."""
