"""A file or a frame -> its header, its records as text, and what stands around them."""
