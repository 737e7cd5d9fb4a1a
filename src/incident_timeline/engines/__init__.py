"""Runs a function over batches of work: in processes of this machine, or on a Dask cluster."""
