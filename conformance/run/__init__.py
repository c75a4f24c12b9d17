"""One run: the files it reads, the open session, its findings and its folder."""
