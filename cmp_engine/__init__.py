"""The voice-to-face engine of Cross-Modal Perceptionist (CVPR 2022). Knows nothing of studies."""
