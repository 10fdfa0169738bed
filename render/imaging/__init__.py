"""Pictures as such: blending, filters, noise, weave, transfer of colour. Knows no master and no sitter."""
