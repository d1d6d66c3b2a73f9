"""The files that participants get: what is asked about, how it is encoded, and how it fills a study."""
