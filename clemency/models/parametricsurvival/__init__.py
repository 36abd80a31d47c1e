"""Times and a formula -> parametric survival models, with a share to whom the event never happens."""
