"""From two embeddings to the probability that they are one person's, and how often a threshold goes wrong.

A head maps a pair of embeddings to log-odds; `fit` estimates and cross-validates the heads on labelled pairs, `store`
keeps the result beside the model, `rates` counts both kinds of error at a threshold, and `confidence` is what the face
service asks.
"""
