"""A text of a court -> normalised characters with their places, numbers, dates, lengths of time and the text's parts."""
