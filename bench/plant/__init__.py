"""A grown plant: asset lists of any size, and the texts that engines read on its plates; all from a seed."""
