"""Sections as plain data -> one page, its files in a folder, and a PDF."""
