"""Files for viewers and printers: pictures, height maps, meshes, slices, print jobs."""
