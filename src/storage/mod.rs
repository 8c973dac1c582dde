//! The two databases behind one store. The only module that writes SQL.
