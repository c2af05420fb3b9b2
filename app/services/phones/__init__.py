"""Forms, media and submissions of phones."""
