"""What one painting says.

- `measure`: everything about a scan (`measurement` holds the answer); behind it `curated`, `scan_region`, `face_search`.
- `picture`: a face in any picture at hand, found, measured, found again.
- Sub-rooms, each looking only at those before it: `networks` (trained networks of installed packages), `face` (one face),
  `sitter` (who is shown, and which pixels show what); beside them `paint` (how paint lies).
"""
