"""How many participants and questions a study needs, before anybody is asked."""
