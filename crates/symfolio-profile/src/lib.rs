//! What a data set is like: size, noise, relevance, shape.
