//! The synthetic demo city. Everything in it says that it is synthetic.
