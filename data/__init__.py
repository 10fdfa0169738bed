"""What everything else stands on: scans and how they are read, the catalogue of a corpus, and the types that rooms share.

- Reading: `scan` (pictures, by window and size), `height_scan`; behind them `picture_file` and `oriented_srgb`.
- Taking in a corpus: `catalogue` (ingest, the table); behind it `corpus_files`, `first_look`, `catalogue_rows`, `curator`,
  `borders`, `signature`, `duplicates`.
- Shared words: `landmarks`, `parts`, `estimate`, `colour`, `coordinates`, `progress`, `files`, `errors`.
"""
