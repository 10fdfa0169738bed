"""A figure that nobody painted: body, garment and ground from several paintings."""
