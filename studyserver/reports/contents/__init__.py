"""What the report says: the study's results as one document, which every format draws."""
