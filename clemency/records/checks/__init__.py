"""A folder of tables -> every problem in it, and a summary by cause."""
