"""Moving pictures: clips in, painted clips out, their colours and their sound kept."""
