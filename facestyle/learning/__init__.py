"""The learning behind face verification: losses, miners, data sets, a small Siamese network and its training.

The terms are those of Andrew Ng's course "Convolutional neural networks", week 4: anchor A, positive P, negative N,
margin alpha, the embedding f(x), and the logistic head of a Siamese network.
"""
