"""The figure below the face: shoulders, hands, outline; how much of it a picture shows, and what stands behind it.
"""
