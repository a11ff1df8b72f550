"""Reading Swift: syntax tree, declarations, and what Codable makes of them."""
