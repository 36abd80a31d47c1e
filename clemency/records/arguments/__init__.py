"""What a function is given -> what it means, or a refusal that names the argument."""
