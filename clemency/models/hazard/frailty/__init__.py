"""Cox's model with a gamma frailty that the members of a group share."""
