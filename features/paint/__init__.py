"""How paint lies: `brushwork` part by part, with its `stroke_length` and `palette`; and in `surface` what no brush made: canvas
weave, craquelure, and how sharp the scan is."""
