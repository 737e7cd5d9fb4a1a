"""What leaves the machine, and only when somebody says `--send`."""
