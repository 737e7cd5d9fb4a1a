"""Commands: read the clock and the environment, call the pipeline, print, set the exit code."""
