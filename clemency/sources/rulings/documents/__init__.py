"""Files as they are received -> the texts in them, and what each text is."""
