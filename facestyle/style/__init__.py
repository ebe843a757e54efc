"""Neural style transfer: features, losses, optimisers, fast networks and the service over them."""
