"""Made-up rulings with known values, in the forms that courts use; nobody in them exists."""
