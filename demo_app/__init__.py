"""A small application that shows what braze_qt does, live. It uses the public API alone."""
