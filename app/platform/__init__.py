"""What all capabilities stand on: the database, bodies, tokens, keys, limits, logs and metrics. No rule on families."""
