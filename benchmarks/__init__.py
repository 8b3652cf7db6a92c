"""connhub and what else a skilled user would take, at the same work on the same files."""
