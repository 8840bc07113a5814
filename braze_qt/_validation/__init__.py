"""What an application may report: names, numbers, values and JSON, checked at the door."""
