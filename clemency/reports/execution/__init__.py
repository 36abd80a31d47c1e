"""A notebook and its parameters -> the executed notebook."""
