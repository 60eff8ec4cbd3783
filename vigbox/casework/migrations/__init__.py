"""The steps from one schema of the case database to the next."""
