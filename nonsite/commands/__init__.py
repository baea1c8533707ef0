"""One file a command: what it takes, which folder's door it opens, how its answer is printed."""
