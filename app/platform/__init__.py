"""What all capabilities use: database, bodies, tokens, keys, limits, logs, metrics. It has no rules about families."""
