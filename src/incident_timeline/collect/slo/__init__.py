"""SLO files of Sloth, Pyrra and OpenSLO, read as queries with an objective."""
