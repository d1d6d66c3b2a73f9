"""The bridge to the engine: jobs that train, infer, render and encode stimuli."""
