"""Trained networks that installed packages carry, and how each is run.

`packaged` is the one door: a function for each network, from pictures to arrays. Behind it `runtime` finds the files and runs
them; `dlib_forest` and `dlib_resnet` read dlib's own files (the latter by way of `onnx_graph`).
"""
