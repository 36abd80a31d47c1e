"""Values and texts of the data -> what a page, a sentence or a spreadsheet may show."""
