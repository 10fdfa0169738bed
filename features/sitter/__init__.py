"""Who sits, as painted: parts of the picture, colours, sex, age, beard, hat, each attribute with its confidence."""
