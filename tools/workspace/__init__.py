"""Files of one project, for someone who may not leave its folder: list, read, search, edit, run."""
