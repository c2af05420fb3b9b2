"""What those who carry on run now and then; the service needs none of it."""
