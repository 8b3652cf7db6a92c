"""Raw tables to checked, integer-coded batches."""
