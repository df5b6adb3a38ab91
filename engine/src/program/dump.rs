//! A program as text that people can read.
