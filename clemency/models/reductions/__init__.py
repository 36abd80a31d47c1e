"""Acts with their months -> how large a cut is, and the months saved."""
