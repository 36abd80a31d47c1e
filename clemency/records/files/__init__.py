"""The bytes of text files and workbooks -> their rows as text."""
