"""Names of courts, numbers of cases, charges and ethnic groups as they stand in rulings -> what they mean."""
