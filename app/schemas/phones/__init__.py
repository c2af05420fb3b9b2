"""What phones are told, as OpenRosa XML."""
