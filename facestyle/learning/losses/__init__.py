"""What is minimised: triplet, contrastive, and the logistic heads of a Siamese network."""
