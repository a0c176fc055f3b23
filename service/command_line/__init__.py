"""The commands of the line; a file holds what needs the same parts, so that no process loads the others."""
