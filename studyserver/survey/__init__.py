"""What is answered: participations, trials and votes."""
