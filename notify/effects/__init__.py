"""What the steps do besides moving a lead or case, by stretch of the way."""
