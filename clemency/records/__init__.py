"""Files -> typed tables: schemas, vocabularies, partial dates, checks, rules in force; public files on demand."""
