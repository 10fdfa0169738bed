"""The figure below the face. `pose` finds the body, `hands` the hands (`skin` says where they may be), `hand_outline` all that
belongs to one, `silhouette` the outline of the whole; `setting` tells format, hands, torso and ground. They look at one small
`grid`; `measuring` puts all together, and `figure` is what is kept."""
