//! Vector tiles from the atlas: choose, clip, encode.
