"""Results as a person reads them, and as data that every format can hold."""
