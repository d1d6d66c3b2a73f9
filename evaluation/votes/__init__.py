"""One table of votes: how it is read, and every test and description of it."""
