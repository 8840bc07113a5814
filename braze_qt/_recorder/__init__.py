"""Takes inputs and events, and makes them durable."""
