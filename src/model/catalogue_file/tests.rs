//! Sections and errors of the catalogue.
