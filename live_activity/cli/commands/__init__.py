"""The commands with their arguments and options. They import inside their functions what takes time to import."""
