"""The OpenRosa interfaces under `/odk`, for ODK Collect and Enketo."""
