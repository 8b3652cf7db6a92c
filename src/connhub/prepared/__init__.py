"""A checked, integer-coded table kept on disk: prepare once, analyze often.

A prepared directory holds ``firms.parquet`` (the firm table under role names), ``trade/*.parquet``
(firm indices as int32, exact amounts, years, and what intake marked), and ``prepared.json``, which
is written last and names every file with its hash. Analysis then skips ids and texts: it verifies
the hashes, decides and adds.
"""
