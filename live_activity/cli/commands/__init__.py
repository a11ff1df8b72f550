"""What can be typed: the commands with their arguments and options. What takes time to import is inside them."""
