"""A portrait from sitter to painting: layout, cast, guide, painting, critique."""
