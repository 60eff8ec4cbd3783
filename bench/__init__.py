"""Benchmarks: ``python -m bench.NAME [--quick] [--json]``, each with its peer in the same run."""
