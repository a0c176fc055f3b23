"""Who waits for a seat, to whom one is offered, and for whom one is held while they pay."""
