def scene_samples(folder, wanted, progress):
    return []
