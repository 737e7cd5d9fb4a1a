"""Action items: read from documents, linted, and tested; pure functions over given text and given answers."""
