"""What a corpus says: sitters and their shapes, appearance, texture, style and relief, learned from measured paintings."""
