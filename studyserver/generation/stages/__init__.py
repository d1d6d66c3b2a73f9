"""What is made on the way to a study's stimuli: the table of stages, and the work of each."""
