"""Workers: they take tasks with a lease, keep it, and report what became of them."""
