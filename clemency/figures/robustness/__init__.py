"""What an estimate owes to choices, to single rows and to what nobody recorded."""
