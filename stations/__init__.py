"""A site of two stations, the answers of the real OCR engine on it, and the main job on it in any project."""
