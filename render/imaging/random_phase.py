"""A texture of any size with the spectrum of a small sample: random phase noise (Galerne et al. 2011,
doi:10.1109/TIP.2010.2052822). It has the sample's grain, weave and direction, and nothing that could be known again."""

import numpy as np
from jaxtyping import Float32


def random_phase(sample: Float32[np.ndarray, "h w C"], height: int, width: int,
                 rng: np.random.Generator) -> Float32[np.ndarray, "H W C"]:
    """The texture; its channels keep how they go together.

    Parameters
    ----------
    sample : (h, w, C) float32
        No larger than the texture.
    height, width : int
        Of the texture.
    rng : numpy.random.Generator
    """
    high, wide = min(sample.shape[0], height), min(sample.shape[1], width)
    sample = sample[:high, :wide]
    window = np.sqrt(np.outer(np.hanning(high + 2)[1:-1], np.hanning(wide + 2)[1:-1]))[..., None]
    spot = np.zeros((height, width, sample.shape[2]))
    spot[:high, :wide] = (sample - sample.mean((0, 1))) * window
    spot *= np.sqrt(height * width / float((window ** 2).sum()))
    # The phases are those of white noise, so that the texture is real.
    noise = np.fft.rfft2(rng.standard_normal((height, width)))
    turned = np.fft.rfft2(spot, axes=(0, 1)) * (noise / np.maximum(np.abs(noise), 1e-9))[..., None]
    return np.fft.irfft2(turned, (height, width), axes=(0, 1)).astype(np.float32)
