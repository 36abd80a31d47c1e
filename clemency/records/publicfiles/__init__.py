"""The names of registered public data sets -> their files, verified."""
