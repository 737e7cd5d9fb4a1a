"""Where stages meet: collect, assemble, score, explain, report, in that order."""
