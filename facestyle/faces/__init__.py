"""Everything about faces: detection, alignment, embedding, similarity, the gallery and the service over them."""
