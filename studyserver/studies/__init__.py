"""What is asked: studies, sections, questions, conditions and their stimuli."""
