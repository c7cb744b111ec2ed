"""PM with a model: the rules' reading corrected, and tasks for what no template covers."""
