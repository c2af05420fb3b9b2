"""Programs that maintainers run now and then. The service needs none of them."""
